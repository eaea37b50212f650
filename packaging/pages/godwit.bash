# godwit: completion for bash, printed by `godwit completion bash`.
_godwit() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local path= each
  for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $each == -* ]] || path="$path $each"
  done
  case $before in
    --agg) COMPREPLY=($(compgen -W 'mean min max last count rate' -- "$word")); return;;
    --level) COMPREPLY=($(compgen -W 'debug info warning error' -- "$word")); return;;
    -o|--output) COMPREPLY=($(compgen -W 'table json jsonl csv' -- "$word")); return;;
  esac
  case "$path " in
    ' device ls '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' device show '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' device refused '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' device label '*) COMPREPLY=($(compgen -W '-m --message --collector --insecure -o --output --help' -- "$word"));;
    ' series ls '*) COMPREPLY=($(compgen -W '-d --device --collector --insecure -o --output --help' -- "$word"));;
    ' latest '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' query '*) COMPREPLY=($(compgen -W '-d --device --since --until --step --agg --window --collector --insecure -o --output --help' -- "$word"));;
    ' export '*) COMPREPLY=($(compgen -W '-d --device --since --until --collector --insecure -o --output --help' -- "$word"));;
    ' tail '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' command send '*) COMPREPLY=($(compgen -W '--life -m --message --no-wait --collector --insecure -o --output --help' -- "$word"));;
    ' logs '*) COMPREPLY=($(compgen -W '-f --follow --level --collector --insecure -o --output --help' -- "$word"));;
    ' command kinds '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' command ls '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' config check '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' config push '*) COMPREPLY=($(compgen -W '-d --device -l --label -m --message --no-wait --unchecked --collector --insecure -o --output --help' -- "$word"));;
    ' config unset '*) COMPREPLY=($(compgen -W '-d --device -l --label -m --message --no-wait --collector --insecure -o --output --help' -- "$word"));;
    ' config rollback '*) COMPREPLY=($(compgen -W '-m --message --no-wait --collector --insecure -o --output --help' -- "$word"));;
    ' config ls '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' config show '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' config diff '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' config history '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' alert ls '*) COMPREPLY=($(compgen -W '--open --collector --insecure -o --output --help' -- "$word"));;
    ' alert ack '*) COMPREPLY=($(compgen -W '-m --message --collector --insecure -o --output --help' -- "$word"));;
    ' audit '*) COMPREPLY=($(compgen -W '-n --count --collector --insecure -o --output --help' -- "$word"));;
    ' gaps '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' status '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' completion '*) COMPREPLY=($(compgen -W 'bash zsh fish --collector --insecure -o --output --help' -- "$word"));;
    ' man '*) COMPREPLY=($(compgen -W '--collector --insecure -o --output --help' -- "$word"));;
    ' alert '*) COMPREPLY=($(compgen -W 'ls ack' -- "$word"));;
    ' command '*) COMPREPLY=($(compgen -W 'send kinds ls' -- "$word"));;
    ' config '*) COMPREPLY=($(compgen -W 'check push unset rollback ls show diff history' -- "$word"));;
    ' device '*) COMPREPLY=($(compgen -W 'ls show refused label' -- "$word"));;
    ' series '*) COMPREPLY=($(compgen -W 'ls' -- "$word"));;
    *) COMPREPLY=($(compgen -W 'device series latest query export tail command logs config alert audit gaps status completion man' -- "$word"));;
  esac
}
complete -F _godwit godwit
