# godwit-collector: completion, printed by `godwit-collector completion bash`.
_godwit_collector() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= each words
  case $before in --config|--path) COMPREPLY=($(compgen -f -- "$word")); return;; esac
  for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $each == -* ]] || path="$path $each"
  done
  case "$path " in
    ' completion '*) words='--help';;
    ' man '*) words='--help';;
    ' store compact '*) words='--help --config --path';;
    ' store backup '*) words='--help --config --path';;
    ' store verify '*) words='--help --config --path';;
    ' store '*) words='verify backup compact --help --config --path';;
    ' config reference '*) words='--help --config';;
    ' config schema '*) words='--help --config';;
    ' config sample '*) words='--help --config';;
    ' config show '*) words='--help --origin --config';;
    ' config check '*) words='--help --config';;
    ' config '*) words='check show sample schema reference --help --config';;
    ' run '*) words='--help --config';;
    *) words='run config store man completion --help --version --log --licenses';;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _godwit_collector godwit-collector
