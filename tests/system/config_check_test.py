"""`config check` and `run` of both daemons judge settings alike: each broken file is refused by both with
exit code 78, the same words and the same place, and what `check` calls good starts."""

import os
import shutil
import subprocess

from authority import Authority
from harness import BIN, World, free_port

REFUSED = 78
NOBODY = 65534
TLS = '[tls]\nca = "{folder}/ca.pem"\n'
DEVICE_TLS = TLS + 'certificate = "{folder}/one.pem"\nkey = "{folder}/one.key"\n'
SERVER_TLS = '[tls]\ncertificate = "{folder}/one.pem"\nkey = "{folder}/one.key"\n'
LOOPBACK = '[upload]\nendpoint = "127.0.0.1:1"\n'
FILE_SENSOR = '[[sensors.file]]\nname = "{name}"\npath = "/proc/uptime"\nmetric = "{metric}"\n'


def upload(endpoint, more=""):
    return f'[upload]\nendpoint = "{endpoint}"\n{more}'


def listen(key, address, more=""):
    return f'[listen]\n{key} = "{address}"\n{more}'


def beside(tls, key, file):
    """A [tls] table with one of its files replaced."""
    return "".join(f'{key} = "{{folder}}/{file}"\n' if line.startswith(f"{key} ") else line + "\n"
                   for line in tls.splitlines())


# Of the agent: what is in the file, what is said, and where.
AGENT = [
    (upload("collector.example.org", TLS), "needs a port", "2:12"),
    (upload("collector.example.org:", TLS), "needs a port", "2:12"),
    (upload("collector.example.org:99999", TLS), "has an invalid port", "2:12"),
    (upload("collector.example.org:https", TLS), "has an invalid port", "2:12"),
    (upload("collector.example.org:0", TLS), "has an invalid port", "2:12"),
    (upload(":7443", TLS), "needs a host in front of its port", "2:12"),
    (upload("::1:7443", TLS), "has an IPv6 address without brackets", "2:12"),
    (upload("[::1]", TLS), "needs a port", "2:12"),
    (upload("collector example.org:7443", TLS), "has an invalid host", "2:12"),
    (upload("https://collector.example.org:7443", TLS), "not a URL", "2:12"),
    (upload("collector.example.org:7443"), "is on another machine and would be plaintext", "2:12"),
    (upload("127.0.0.1.example.org:7443"), "is on another machine and would be plaintext", "2:12"),
    (upload("192.0.2.1:7443", '[tls]\nca = ""\n'), "is on another machine and would be plaintext", "2:12"),
    (upload("192.0.2.1:7443", "insecure = true\n" + TLS), "contradict each other", "3:12"),
    (LOOPBACK + '[tls]\ncertificate = "{folder}/one.pem"\nkey = "{folder}/one.key"\n',
     "'tls.certificate' needs tls.ca", "4:15"),
    (LOOPBACK + '[tls]\nca = "{folder}/none.pem"\n', "none.pem: No such file", "4:6"),
    (LOOPBACK + '[tls]\nca = "{folder}"\n', "Is a directory", "4:6"),
    (LOOPBACK + '[tls]\nca = "{folder}/empty.pem"\n', "empty.pem is empty", "4:6"),
    (LOOPBACK + '[tls]\nca = "{folder}/text.pem"\n', "text.pem holds no certificate", "4:6"),
    (LOOPBACK + '[tls]\nca = "{folder}/one.key"\n', "holds a private key and no certificate", "4:6"),
    (LOOPBACK + '[tls]\nca = "{folder}/half.pem"\n', "half.pem holds a certificate that cannot be read", "4:6"),
    (LOOPBACK + '[tls]\nca = "{folder}/huge.pem"\n', "huge.pem is longer than", "4:6"),
    (LOOPBACK + beside(DEVICE_TLS, "certificate", "empty.pem"), "empty.pem is empty", "5:15"),
    (LOOPBACK + beside(DEVICE_TLS, "certificate", "text.pem"), "text.pem holds no certificate", "5:15"),
    (LOOPBACK + beside(DEVICE_TLS, "key", "empty.pem"), "empty.pem is empty", "6:7"),
    (LOOPBACK + beside(DEVICE_TLS, "key", "one.pem"), "one.pem holds no private key", "6:7"),
    (LOOPBACK + beside(DEVICE_TLS, "key", "locked.key"), "locked.key holds a key with a passphrase", "6:7"),
    (LOOPBACK + beside(DEVICE_TLS, "key", "two.key"), "two.key is not the key of the certificate", "6:7"),
    ('[agent]\nid = "a\\nb"\n', "'agent.id' must be plain text", "2:6"),
    ('[agent]\nname = "a\\u001bb"\n', "'agent.name' must be plain text", "2:8"),
    ('[agent]\nlabels = {{ site = "a\\nb" }}\n', "'agent.labels.site' must be plain text", "2:19"),
    ('[agent]\nlabels = {{ "a\\nb" = "x" }}\n', "'agent.labels' has a key that must be plain text", "2:12"),
    ('[agent]\nstate = ""\n', "'agent.state' must name a folder", "2:9"),
    ('[agent]\nstate = "/etc/pass\\u0000wd"\n', "must not contain a NUL", "2:9"),
    (FILE_SENSOR.format(name="x", metric="a b"), "'sensors.file.metric' must be a name", "4:10"),
    (FILE_SENSOR.format(name="x", metric="a{{b=c}}"), "'sensors.file.metric' must be a name", "4:10"),
    (FILE_SENSOR.format(name="x", metric=""), "'sensors.file.metric' must be a name", "4:10"),
    (FILE_SENSOR.format(name="x", metric="a\\nb"), "'sensors.file.metric' must be plain text", "4:10"),
    (FILE_SENSOR.format(name="a\\tb", metric="m"), "'sensors.file.name' must be plain text", "2:8"),
    ("".join(FILE_SENSOR.format(name=f"s{i}", metric=f"m{i}") for i in range(130)),
     "more than 127 groups on this device", "510:8"),
    ('[[sensors.statsd]]\nlisten = "127.0.0.1:99999"\n', "has an invalid port", "2:10"),
    ('[[sensors.statsd]]\nlisten = "127.example.org:8125"\n', "must be on this machine's loopback", "2:10"),
]

COLLECTOR = [
    (listen("devices", "0.0.0.0", SERVER_TLS), "needs a port", "2:11"),
    (listen("devices", ":7443", SERVER_TLS), "needs a host in front of its port", "2:11"),
    (listen("devices", "::1:7443", SERVER_TLS), "has an IPv6 address without brackets", "2:11"),
    (listen("devices", "0.0.0.0:99999", SERVER_TLS), "has an invalid port", "2:11"),
    (listen("devices", "", SERVER_TLS), "needs a port", "2:11"),
    (listen("devices", "0.0.0.0:7443"), "is on another machine and would be plaintext", "2:11"),
    (listen("operators", "127.0.0.1"), "needs a port", "2:13"),
    (listen("operators", "0.0.0.0:7444", SERVER_TLS), "is on another machine and would be plaintext", "2:13"),
    (listen("http", "7480"), "needs a port", "2:8"),
    (listen("http", "[::]:7480", SERVER_TLS), "is on another machine and would be plaintext", "2:8"),
    (listen("devices", "no-such-host.invalid:7443", SERVER_TLS), "cannot resolve no-such-host.invalid", "2:11"),
    (listen("devices", "127.0.0.1:7000", 'operators = "127.0.0.1:7000"\n'), "has the same address as listen.devices", "3:13"),
    (TLS, "'tls.ca' without 'tls.certificate' and 'tls.key'", "2:6"),
    (SERVER_TLS + 'ca = "{folder}/empty.pem"\n', "empty.pem is empty", "4:6"),
    (SERVER_TLS + 'ca = "{folder}/text.pem"\n', "text.pem holds no certificate", "4:6"),
    (beside(SERVER_TLS, "certificate", "none.pem"), "none.pem: No such file", "2:15"),
    (beside(SERVER_TLS, "certificate", "empty.pem"), "empty.pem is empty", "2:15"),
    (beside(SERVER_TLS, "key", "two.key"), "two.key is not the key of the certificate", "3:7"),
    (beside(SERVER_TLS, "key", "locked.key"), "locked.key holds a key with a passphrase", "3:7"),
    ('[store]\npath = ""\n', "'store.path' names no folder", "2:8"),
]


def make_files(folder):
    Authority(folder, "ca")
    for name in ("one", "two"):
        Authority(folder, name)
    subprocess.run(["openssl", "ec", "-aes128", "-passout", "pass:x", "-in", "one.key", "-out", "locked.key"],
                   cwd=folder, check=True, capture_output=True)
    (folder / "empty.pem").write_text("")
    (folder / "text.pem").write_text("no certificate at all\n")
    whole = (folder / "one.pem").read_text()
    (folder / "half.pem").write_text(whole[:len(whole) // 2])
    (folder / "huge.pem").write_text("x" * (1 << 20) + "y")


def own(program, folder, text):
    """The text, with folders and ports of the test's own behind it, where it does not say them."""
    if program == "godwit-agent":
        state = f'state = "{folder}/state"\n'
        if "[agent]" not in text:
            return text + f'[agent]\nid = "x"\n{state}'
        return text if "\nstate" in text else text + state
    addresses = {key: f'{key} = "127.0.0.1:{free_port()}"\n' for key in ("devices", "operators", "http")}
    missing = "".join(line for key, line in addresses.items() if f"\n{key} = " not in text)
    if "[listen]\n" in text:
        head, _, tail = text.partition("\n[")
        text = head.rstrip("\n") + "\n" + missing + ("[" + tail if tail else "")
    else:
        text += "[listen]\n" + missing
    return text if "[store]" in text else text + f'[store]\npath = "{folder}/store"\n'


def say(program, config, *command, before=(), expect_end=True):
    """What a command says, and its exit code; None while it runs on."""
    process = subprocess.Popen([*before, str(BIN / program), *command, "--config", str(config)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = process.communicate(timeout=10 if expect_end else 0.7)
        return process.returncode, said[1]
    except subprocess.TimeoutExpired:
        process.terminate()
        return (None, process.communicate()[1])


def both_refuse(program, config, says, place, before=()):
    checked = say(program, config, "config", "check", before=before)
    ran = say(program, config, "run", before=before)
    what = f"{program}: {config.read_text()[:400]}\ncheck: {checked}\nrun: {ran}"
    assert checked[0] == REFUSED, what
    assert ran[0] == REFUSED, what
    assert checked[1] == ran[1], what
    lines = checked[1].splitlines()
    first = next((line for line in lines if says in line), "")
    assert first.startswith(f"{config}:{place}: error: "), what
    assert "^" in lines[lines.index(first) + 2], what


def check_table(world, program, rows):
    folder = world.folder
    for number, (text, says, place) in enumerate(rows):
        config = folder / f"{program}-{number}.toml"
        text = text.replace("{folder}", str(folder)).replace("{{", "{").replace("}}", "}")
        config.write_text(own(program, folder, text))
        both_refuse(program, config, says, place)


def unreadable_files_are_found(world):
    """Root checks as the user of the service: a key of root's, and folders of the service's."""
    folder = world.folder
    for name in ("state", "store"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
        os.chown(folder / name, NOBODY, NOBODY)
    os.chmod(folder / "one.key", 0o600)
    for program, text, place in (("godwit-agent", LOOPBACK + DEVICE_TLS, "6:7"),
                                 ("godwit-collector", SERVER_TLS, "3:7")):
        config = folder / f"{program}-unreadable.toml"
        config.write_text(own(program, folder, text.replace("{folder}", str(folder))))
        plain = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        both_refuse(program, config, "one.key: Permission denied", place, before=plain)
        for command in (("config", "check"), ("run",)):
            code, said = say(program, config, *command)
            assert code == REFUSED and f"{config}:{place}: error: " in said, (program, command, said)


def good_files_start(world):
    folder = world.folder
    for name in ("state", "store"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for program, text in (("godwit-agent", LOOPBACK + DEVICE_TLS), ("godwit-agent", '[tls]\nca = "/none.pem"\n'),
                          ("godwit-collector", SERVER_TLS + 'ca = "{folder}/ca.pem"\n')):
        config = folder / "good.toml"
        config.write_text(own(program, folder, text.replace("{folder}", str(folder))))
        checked = say(program, config, "config", "check")
        assert checked[0] == 0, checked
        ran = say(program, config, "run", expect_end=False)
        assert ran[0] is None, ran


def main():
    with World() as world:
        world.folder.chmod(0o755)
        make_files(world.folder)
        check_table(world, "godwit-agent", AGENT)
        check_table(world, "godwit-collector", COLLECTOR)
        if os.geteuid() == 0:
            unreadable_files_are_found(world)
        good_files_start(world)
    print(f"{len(AGENT)} broken files of the agent and {len(COLLECTOR)} of the collector, refused alike")


main()
