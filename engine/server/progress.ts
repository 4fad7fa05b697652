/** How a fetch is shown while it runs. */
export interface Progress {
  begin(what: string): void;
  /** Bytes so far, and of how many where the server said so. */
  bytes(done: number, total: number | undefined): void;
  end(text: string): void;
}

/** Shows a fetch on stderr: one line that is rewritten on a terminal, two lines elsewhere. */
export function progressOnStderr(stream: NodeJS.WriteStream = process.stderr): Progress {
  let label = "";
  const rewrite = (text: string) => (stream.isTTY ? stream.write(`\r\u001b[2K${text}`) : undefined);
  return {
    begin: (what) => {
      label = `Fetching ${what}`;
      if (!rewrite(`${label} …`)) stream.write(`${label} …\n`);
    },
    bytes: (done, total) => void rewrite(`${label}: ${megabytes(done)}${percent(done, total)}`),
    end: (text) => {
      rewrite("");
      stream.write(`${text}\n`);
    },
  };
}

/** Shows a fetch on a terminal while it lasts, and leaves no line behind; elsewhere it shows nothing. */
export function passingProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? { ...progressOnStderr(stream), end: () => void stream.write("\r\u001b[2K") } : SILENT;
}

/** Shows nothing. */
export const SILENT: Progress = { begin: () => {}, bytes: () => {}, end: () => {} };

/** `6.8 MB`; below a tenth of it, bytes. */
export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function percent(done: number, total: number | undefined): string {
  return total ? ` of ${megabytes(total)}, ${Math.floor((100 * done) / total)} %` : "";
}
