import type { CompletionPoint, CompletionTable, ValuePoint } from "./points.ts";

/** Writes the script for bash, which needs no other package. It keeps the completion that pnpm has of its own. */
export function bashScript({ points, values }: CompletionTable): string {
  return `# Completes "pnpm gatehouse", and "gatehouse" if you have such an alias.
_gatehouse_complete() {
  local first=$1 current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path="" words="" files="" index next
  for ((index = first; index < COMP_CWORD; index++)); do
    next="\${path:+$path }\${COMP_WORDS[index]}"
    case "$next" in
      ${points.map(({ path }) => `"${path}"`).join(" | ")}) path=$next ;;
    esac
  done
  case "$path" in
${points.map(pointCase).join("\n")}
  esac
  case "$path $previous" in
${values.map(valueCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n $files && $current != -* ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
_gatehouse_alone() { _gatehouse_complete 1; }
_gatehouse_by_pnpm() {
  if [[ \${COMP_WORDS[1]} == gatehouse && $COMP_CWORD -gt 1 ]]; then _gatehouse_complete 2
  elif [[ -n $_gatehouse_pnpm ]]; then "$_gatehouse_pnpm" "$@"
  fi
}
if [[ $(complete -p pnpm 2>/dev/null) =~ -F\\ ([^ ]+) && \${BASH_REMATCH[1]} != _gatehouse_by_pnpm ]]; then
  _gatehouse_pnpm=\${BASH_REMATCH[1]}
fi
complete -o default -F _gatehouse_by_pnpm pnpm
complete -F _gatehouse_alone gatehouse`;
}

function pointCase({ path, words, takesFile }: CompletionPoint): string {
  return `    "${path}") words="${words.map(({ word }) => word).join(" ")}"${takesFile ? " files=1" : ""} ;;`;
}

function valueCase({ path, flag, choices, takesFile }: ValuePoint): string {
  return `    "${path} ${flag}") words="${choices.join(" ")}" files=${takesFile ? "1" : ""} ;;`;
}
