// /proc/PID/maps: what is mapped where in a process (proc_pid_maps(5)).

/** A mapping. Addresses are numbers: user space ends below 2^57, and mappings start and end at whole pages. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly executable: boolean;
  /** Offset in the file of the first byte that is mapped. */
  readonly offset: number;
  /** Device and inode of the file, as one text; `00:00:0` for none. */
  readonly device: string;
  readonly inode: number;
  /** Path of the file, a name in brackets (`[vdso]`), or empty. */
  readonly path: string;
  /** The file is gone from its directory; the kernel's mark is not part of the path. */
  readonly deleted: boolean;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) ..(.)\S* ([0-9a-f]+) (\S+) (\d+) *(.*)$/;
const DELETED = ' (deleted)';

/** Parses the text of a `maps` file; mappings come in the order of addresses. */
export function parseMaps(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const name = unescapePath(match[7]!);
    const deleted = name.endsWith(DELETED);
    mappings.push({
      start: Number.parseInt(match[1]!, 16),
      end: Number.parseInt(match[2]!, 16),
      executable: match[3] === 'x',
      offset: Number.parseInt(match[4]!, 16),
      device: match[5]!,
      inode: Number(match[6]),
      path: deleted ? name.slice(0, -DELETED.length) : name,
      deleted,
    });
  }
  return mappings;
}

/** The kernel writes newlines in paths as octal escapes. */
function unescapePath(path: string): string {
  return path.includes('\\012') ? path.replaceAll('\\012', '\n') : path;
}
