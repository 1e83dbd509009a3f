// A machine made of texts, for tests of front ends.

import { TraceError } from '../../base/error.ts';
import { wildcard } from '../../base/text.ts';
import type { Btf } from '../../btf/index.ts';
import type { UsdtSite } from '../../elf/index.ts';
import { parseFormat } from '../../tracefs/format.ts';
import type { TraceableFunction } from '../../tracefs/index.ts';
import type { Binary, BinarySymbol, Environment, KernelVersion } from '../environment.ts';

export interface FakeMachine {
  readonly kernel?: KernelVersion;
  readonly targetPid?: number;
  readonly btf?: Btf;
  /** Loaded modules with their types. */
  readonly modules?: Readonly<Record<string, Btf | undefined>>;
  /** Format files by `category:event`; an empty text makes one without fields. */
  readonly tracepoints?: Readonly<Record<string, string>>;
  readonly functions?: readonly TraceableFunction[];
  readonly symbols?: Readonly<Record<string, bigint>>;
  readonly syscalls?: Readonly<Record<string, number>>;
  readonly binaries?: readonly FakeBinary[];
  /** Names of the source by names of symbols. */
  readonly demangled?: Readonly<Record<string, string>>;
}

export interface FakeBinary {
  readonly path: string;
  readonly functions: readonly BinarySymbol[];
  readonly usdt?: readonly UsdtSite[];
}

/** A machine of which nothing is known but what is given. */
export function fakeEnvironment(machine: FakeMachine = {}): Environment {
  const binaries = (machine.binaries ?? []).map(fakeBinary);
  const tracepoints = Object.keys(machine.tracepoints ?? {});
  return {
    architecture: 'x86_64',
    kernel: machine.kernel ?? { major: 6, minor: 18, patch: 0 },
    cpus: 2,
    targetPid: machine.targetPid,
    btf: () => machine.btf,
    modules: () => Object.keys(machine.modules ?? {}).sort(),
    moduleBtf: (module) => machine.modules?.[module],
    tracepoints: () =>
      tracepoints.map((key) => {
        const [category, name] = key.split(':');
        return { category: category!, name: name! };
      }),
    hasTracepoint: (category, event) => tracepoints.includes(`${category}:${event}`),
    tracepointFormat(category, event) {
      const text = machine.tracepoints?.[`${category}:${event}`];
      return text === undefined
        ? undefined
        : (parseFormat(text) ?? parseFormat(`name: ${event}\nID: 1\nformat:\n${text}`));
    },
    traceableFunctions: () => machine.functions,
    kernelSymbol: (name) => machine.symbols?.[name],
    syscalls: () => new Map(Object.entries(machine.syscalls ?? {})),
    binaries(pattern) {
      const fits = wildcard(pattern);
      const found = binaries.filter(({ path }) => fits(path) || path.endsWith(`/${pattern}`));
      if (found.length > 0) return found;
      throw new TraceError('ERR_BINARY_NOT_FOUND', `there is no file '${pattern}'`);
    },
    binariesOf: () => binaries,
    demangle: (name) => machine.demangled?.[name] ?? name,
    cgroupId: () => undefined,
  };
}

function fakeBinary({ path, functions, usdt }: FakeBinary): Binary {
  const named = (name: string) => functions.find((one) => one.name === name);
  const at = (address: bigint) =>
    functions.find((one) => address >= one.address && address < one.address + BigInt(one.size));
  return {
    path,
    functions: () => functions,
    function: named,
    symbol: named,
    functionAt: at,
    hasAddress: (address) => at(address) !== undefined,
    usdtProbes: () => usdt ?? [],
  };
}
