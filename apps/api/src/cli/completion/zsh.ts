import type { CompletionPoint, CompletionTable, ValuePoint } from "./points.ts";

/** Writes the script for zsh, to be sourced after `compinit`. It keeps the completion that pnpm has of its own. */
export function zshScript({ points, values }: CompletionTable): string {
  return `# Completes "pnpm gatehouse", and "gatehouse" if you have such an alias.
_gatehouse_complete() {
  local first=$1 place="" next="" files="" index
  local -a names notes
  for ((index = first; index < CURRENT; index++)); do
    next="\${place:+$place }\${words[index]}"
    case "$next" in
      ${points.map(({ path }) => `'${path}'`).join(" | ")}) place=$next ;;
    esac
  done
  case "$place" in
${points.map(pointCase).join("\n")}
  esac
  case "$place \${words[CURRENT-1]}" in
${values.map(valueCase).join("\n")}
  esac
  (( $#names )) && compadd -l -d notes -a names
  [[ -n $files ]] && _files
  return 0
}
_gatehouse_alone() { _gatehouse_complete 2 }
_gatehouse_by_pnpm() {
  if [[ \${words[2]} == gatehouse ]] && (( CURRENT > 2 )); then _gatehouse_complete 3
  elif [[ -n $_gatehouse_pnpm ]]; then "$_gatehouse_pnpm" "$@"
  else _default
  fi
}
[[ \${_comps[pnpm]} == _gatehouse_by_pnpm ]] || _gatehouse_pnpm=\${_comps[pnpm]}
compdef _gatehouse_by_pnpm pnpm
compdef _gatehouse_alone gatehouse`;
}

function pointCase({ path, words, takesFile }: CompletionPoint): string {
  const names = words.map(({ word }) => word).join(" ");
  const notes = words.map(({ word, summary }) => quote(`${word} -- ${summary}`)).join(" ");
  return `    '${path}') names=(${names}) notes=(${notes})${takesFile ? " files=1" : ""} ;;`;
}

function valueCase({ path, flag, choices, takesFile }: ValuePoint): string {
  const words = choices.join(" ");
  return `    '${path} ${flag}') names=(${words}) notes=(${words}) files=${takesFile ? "1" : ""} ;;`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
