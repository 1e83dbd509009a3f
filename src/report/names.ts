// Names for numbers from the running system: the part of the report that is not pure.

import { readFileSync } from 'node:fs';
import { Symbolizer } from '../symbols/index.ts';
import type { Names } from './report.ts';
import { CgroupPaths } from './system/cgroups.ts';
import { clockZeroes } from './system/clocks.ts';

export interface SystemNamesOptions {
  /** Show C++ and Rust names as they were written; true unless said otherwise. */
  readonly demangle?: boolean;
  /** Symbols that the caller uses too. */
  readonly symbolizer?: Symbolizer;
}

const MILLISECOND = 1_000_000n;

/** Names of this machine. Nothing is read before it is asked for. */
export function systemNames(options: SystemNamesOptions = {}): Names {
  const symbolizer = options.symbolizer ?? new Symbolizer({ demangle: options.demangle ?? true });
  const cgroups = new CgroupPaths();
  let users: ReadonlyMap<number, string> | undefined;
  return {
    kernelSymbol: (address) => {
      const symbol = symbolizer.kernel(address);
      if (!symbol) return undefined;
      const offset = BigInt(symbol.offset);
      return symbol.module
        ? { name: symbol.name, offset, module: `[${symbol.module}]` }
        : { name: symbol.name, offset };
    },
    userSymbol: (pid, address) => {
      const symbol = symbolizer.user(pid, address);
      return symbol && { name: symbol.name, offset: BigInt(symbol.offset), module: symbol.module };
    },
    userModule: (pid, address) => symbolizer.userModule(pid, address)?.path,
    remember: (pid) => symbolizer.snapshot(pid),
    userName: (uid) => {
      users ??= readUsers();
      return users.get(uid);
    },
    cgroupPath: (id) => cgroups.path(id),
    wallTimeOf: clockZeroes(),
    now: () => BigInt(Date.now()) * MILLISECOND,
  };
}

function readUsers(): ReadonlyMap<number, string> {
  try {
    return parseUsers(readFileSync('/etc/passwd', 'utf8'));
  } catch {
    return new Map();
  }
}

/** The names of /etc/passwd by user id; of several for one id the first counts. */
export function parseUsers(text: string): ReadonlyMap<number, string> {
  const users = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid && /^\d+$/.test(uid) && !users.has(Number(uid))) users.set(Number(uid), name);
  }
  return users;
}
