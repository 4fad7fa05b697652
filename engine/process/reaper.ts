import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Kills and removes what it was told about when its runner ends, in whatever way. */
export interface Reaper extends AsyncDisposable {
  /** A process group to kill at the end. */
  group(pid: number): void;
  /** This group has ended by itself. */
  forget(pid: number): void;
  /** A folder to remove at the end, after the groups are gone. Absolute. */
  folder(path: string): void;
  /** This folder is to stay. */
  keep(path: string): void;
  /** At the end, every process whose environment began with `NAME=value` is killed as well (Linux). */
  tag(name: string, value: string): void;
}

/**
 * Opens a reaper: one `sh` that holds a pipe to us. When the pipe closes (at `await using`'s end, at a crash, at
 * SIGKILL of this process) it kills the groups and removes the folders. It leads a session of its own, so that
 * Ctrl-C in the terminal does not reach it.
 */
export async function openReaper(): Promise<Reaper> {
  const child = spawn("/bin/sh", ["-c", REAPER], { detached: true, stdio: ["pipe", "pipe", "ignore"], env: { PATH: process.env.PATH ?? "" }, cwd: "/" });
  await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => Promise.reject(new Error("The reaper's sh ended before it was ready")))]);
  letGo(child);
  return new PipeReaper(child);
}

class PipeReaper implements Reaper {
  readonly #child: ChildProcess;
  #closed?: Promise<void>;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  group(pid: number): void {
    this.#tell("group", String(pid));
  }

  forget(pid: number): void {
    this.#tell("forget", String(pid));
  }

  folder(path: string): void {
    this.#tell("folder", path);
  }

  keep(path: string): void {
    this.#tell("keep", path);
  }

  tag(name: string, value: string): void {
    this.#tell("tag", `${name}=${value}`);
  }

  /** Lets it do its work now, and waits for the end of it. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  // A small write to a pipe reaches the kernel before write() returns: SIGKILL right after it loses nothing.
  #tell(word: string, what: string): void {
    if (what.includes("\n")) throw new RangeError(`Cannot tell the reaper about a name with a line end: ${JSON.stringify(what)}`);
    if (this.#child.stdin?.writable) this.#child.stdin.write(`${word} ${what}\n`);
  }

  async #close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.ref();
    this.#child.stdin?.end();
    await gone;
  }
}

// A runner that has nothing else to do must be able to end.
function letGo(child: ChildProcess): void {
  child.unref();
  child.stdout?.destroy();
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin?.on("error", () => {});
}

/**
 * The reaper itself, for every POSIX sh. dash's `kill -9 -- -GROUP` fails silently, `kill -s KILL` works.
 * Folders are removed in several goes, since a killed process may be gone only a moment later.
 */
const REAPER = `
trap '' INT TERM HUP QUIT
nl='
'
groups=' '
folders=$nl
tags=$nl
echo ready
while IFS= read -r line; do
  what=\${line#* }
  case $line in
    'group '*) groups="$groups$what " ;;
    'forget '*) case $groups in *" $what "*) groups="\${groups%% $what *} \${groups#* $what }" ;; esac ;;
    'folder '*) folders="$folders$what$nl" ;;
    'keep '*) case $folders in *"$nl$what$nl"*) folders="\${folders%%"$nl$what$nl"*}$nl\${folders#*"$nl$what$nl"}" ;; esac ;;
    'tag '*) tags="$tags$what$nl" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
if [ -d /proc/self ]; then
  printf '%s' "$tags" | while IFS= read -r tag; do
    [ -n "$tag" ] || continue
    for file in $(grep -lzxF -e "$tag" /proc/[0-9]*/environ 2>/dev/null); do
      pid=\${file#/proc/}
      kill -s KILL "\${pid%/environ}" 2>/dev/null
    done
  done
fi
for go in 1 2 3 4 5 6 7 8 9 10; do
  left=''
  printf '%s' "$folders" | { while IFS= read -r folder; do
    [ -n "$folder" ] || continue
    rm -rf -- "$folder" 2>/dev/null
    [ -e "$folder" ] && left=yes
  done; [ -z "$left" ]; } && break
  sleep 0.05 2>/dev/null || sleep 1
done
`;
