"""Which header of the standard library each of its names needs: a file includes what it uses, itself or in
the header of its own name. A header that comes by way of another may be gone with the next library."""

import re

# Name in std -> header. Types that headers of ours pass on in their interfaces are named all the same.
HEADER_OF = {name: header for header, names in {
    "algorithm": "all_of any_of clamp count_if equal fill find find_if lower_bound max max_element min "
                 "min_element none_of remove_if reverse rotate sort stable_sort transform upper_bound",
    "array": "array",
    "atomic": "atomic",
    "bitset": "bitset",
    "charconv": "from_chars to_chars",
    "chrono": "chrono",
    "cmath": "abs ceil floor fmod isfinite isinf isnan llround nearbyint pow sin sqrt trunc",
    "cstdlib": "abort exit getenv _Exit",
    "cstring": "memchr memcmp memcpy memset strerror strlen",
    "deque": "deque",
    "functional": "function hash less greater",
    "iterator": "back_inserter",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory": "enable_shared_from_this make_shared make_unique shared_ptr unique_ptr weak_ptr",
    "numeric": "accumulate iota",
    "optional": "nullopt optional",
    "queue": "priority_queue queue",
    "set": "multiset set",
    "span": "span",
    "string": "getline string stoi stoul to_string",
    "string_view": "string_view",
    "system_error": "errc error_code",
    "thread": "thread",
    "tuple": "make_tuple tie tuple",
    "unordered_map": "unordered_map",
    "unordered_set": "unordered_set",
    "utility": "exchange forward index_sequence make_index_sequence move pair swap",
    "variant": "get_if holds_alternative monostate variant visit",
    "vector": "vector",
}.items() for name in names.split()}


def included(text):
    return set(re.findall(r"^\s*#include <([^>]+)>", text, re.M))


def code_of(text):
    """Without comments and literals."""
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', re.sub(r"//[^\n]*", "", text))


def missing(text, own_header=""):
    """Headers that a file uses and does not include: {header: a name that needs it}. `own_header`: the text
    of the header of a .cc."""
    needed = {}
    code = code_of(text)
    for name in re.findall(r"\bstd::(\w+)", code):
        if name in HEADER_OF:
            needed.setdefault(HEADER_OF[name], "std::" + name)
    fixed = re.search(r"\bu?int(?:8|16|32|64)_t\b", code)
    if fixed:
        needed.setdefault("cstdint", fixed[0])
    there = included(text) | included(own_header)
    return {header: name for header, name in needed.items() if header not in there}
