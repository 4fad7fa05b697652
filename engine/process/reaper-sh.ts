/**
 * The reaper itself, for any POSIX sh. It reads `group`, `forget`, `folder`, `run` and `tag` lines until the pipe
 * closes. dash's `kill -9 -- -GROUP` fails silently, `kill -s KILL` works. Folders are removed in several goes, as a
 * killed process may write for a moment yet. Text holds one name a line: names may have spaces and umlauts.
 */
export const REAPER_SH = `
trap '' INT TERM HUP QUIT
nl='
'
groups=' '
folders=''
tags=''
run=''
echo ready

while IFS= read -r line; do
  what=\${line#* }
  case $line in
    'group '*) groups="$groups$what " ;;
    'forget '*) case $groups in *" $what "*) groups="\${groups%% $what *} \${groups#* $what }" ;; esac ;;
    'folder '*) folders="$folders$what$nl" ;;
    'run '*) run=$what ;;
    'tag '*) tags="$tags$what$nl" ;;
  esac
done

kill_groups() {
  for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
}

kill_tagged() {
  [ -d /proc/self ] || return 0
  printf '%s' "$tags" | while IFS= read -r tag; do
    for file in $(grep -lzxF -e "$tag" /proc/[0-9]*/environ 2>/dev/null); do
      pid=\${file#/proc/}
      kill -s KILL "\${pid%/environ}" 2>/dev/null
    done
  done
}

remove() {
  rm -rf -- "$1" 2>/dev/null
  [ ! -e "$1" ]
}

empty_run() {
  [ -d "$run" ] || return 0
  find "$run" -mindepth 1 -maxdepth 1 ! -name flight.jsonl -exec rm -rf -- {} + 2>/dev/null
  rmdir -- "$run" 2>/dev/null
  [ -z "$(find "$run" -mindepth 1 ! -name flight.jsonl 2>/dev/null)" ]
}

remove_all() {
  empty_run || return 1
  printf '%s' "$folders" | { done=0; while IFS= read -r folder; do remove "$folder" || done=1; done; return $done; }
}

kill_groups
kill_tagged
for go in 1 2 3 4 5 6 7 8 9 10; do
  remove_all && break
  sleep 0.05 2>/dev/null || sleep 1
  kill_tagged
done
`;
