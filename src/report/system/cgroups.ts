// Paths of cgroups by their ids. A cgroup's id is the inode number of its folder in the cgroup v2 file system.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A script that prints ids of cgroups that are gone must not walk the tree for each of them. */
const WALK_INTERVAL_MS = 1000;

export class CgroupPaths {
  readonly #paths = new Map<bigint, string>();
  #walkedAt = Number.NEGATIVE_INFINITY;
  #root: string | undefined;

  /** The path below the file system's root, `/` for the root itself. */
  path(id: bigint): string | undefined {
    const known = this.#paths.get(id);
    if (known !== undefined || performance.now() - this.#walkedAt < WALK_INTERVAL_MS) return known;
    this.#root ??= findRoot(readMounts());
    if (this.#root !== undefined) this.#walk(this.#root, '/');
    this.#walkedAt = performance.now();
    return this.#paths.get(id);
  }

  #walk(root: string, path: string): void {
    try {
      const folder = join(root, path);
      this.#paths.set(statSync(folder, { bigint: true }).ino, path);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) this.#walk(root, join(path, entry.name));
      }
    } catch {
      // Cgroups come and go while the tree is walked.
    }
  }
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

/** Where the file system of cgroup v2 is mounted, from the lines of /proc/self/mountinfo. */
export function findRoot(mounts: string): string | undefined {
  for (const line of mounts.split('\n')) {
    const [place, source] = line.split(' - ');
    if (source?.startsWith('cgroup2 ')) return place!.split(' ')[4]?.replace(/\\(\d{3})/g, octalCharacter);
  }
  return undefined;
}

function octalCharacter(_escape: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}
