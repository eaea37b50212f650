# godwit-agent: completion, printed by `godwit-agent completion bash`.
_godwit_agent() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= each words
  case $before in --config|--path) COMPREPLY=($(compgen -f -- "$word")); return;; esac
  for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $each == -* ]] || path="$path $each"
  done
  case "$path " in
    ' completion '*) words='--help';;
    ' man '*) words='--help';;
    ' spool drop '*) words='--help --config --path';;
    ' spool adopt '*) words='--help --config --path';;
    ' spool cat '*) words='--help --config --path';;
    ' spool verify '*) words='--help --config --path';;
    ' spool stat '*) words='--help --config --path';;
    ' spool '*) words='stat verify cat adopt drop --help --config --path';;
    ' remote explain '*) words='--help --config';;
    ' remote '*) words='explain --help --config';;
    ' doctor '*) words='--help --config';;
    ' once '*) words='--help --config';;
    ' test '*) words='--help --config';;
    ' config sandbox '*) words='--help --config';;
    ' config reference '*) words='--help --config';;
    ' config schema '*) words='--help --config';;
    ' config sample '*) words='--help --config';;
    ' config show '*) words='--help --origin --config';;
    ' config check '*) words='--help --config';;
    ' config '*) words='check show sample schema reference sandbox --help --config';;
    ' run '*) words='--help --config';;
    *) words='run config test once doctor remote spool man completion --help --version --log --licenses';;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _godwit_agent godwit-agent
