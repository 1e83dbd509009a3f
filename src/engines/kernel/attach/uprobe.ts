// Functions of programs and libraries: uprobe and uretprobe by symbol or address, many with one link (6.6), and USDT probes,
// which are uprobes at the places that the program's notes name.

import { utf8Bytes } from '../../../base/bytes.ts';
import { TraceError } from '../../../base/error.ts';
import { nearest } from '../../../base/text.ts';
import type { ElfFile } from '../../../elf/index.ts';
import { attachKindId } from '../../../isa/index.ts';
import type { LoadedProgram } from '../programs.ts';
import { Attr } from '../sys/attr.ts';
import { linkCreate } from '../sys/bpf.ts';
import { perfOpen } from '../sys/perf.ts';
import { isErrno } from '../sys/syscall-error.ts';
import {
  type Attach,
  type AttachContext,
  type Attached,
  type Attachment,
  type AttachPointOf,
  type AttachTogether,
  attachEach,
  cannotAttach,
  openAll,
} from './attach.ts';
import { linkEvents } from './perf-link.ts';

const MULTI = 'trace_uprobe_multi';

/** A place in a file. */
interface Place {
  readonly offset: bigint;
  /** Where in the file a counter lies that the kernel raises while the probe is on; 0 without one. */
  readonly counter: bigint;
  readonly cookie: number;
}

export const attachUprobe: Attach<'uprobe'> = (program, attach, context) => {
  const elf = openFile(attach.path, context);
  const place = { offset: uprobeOffset(elf, attach), counter: 0n, cookie: attach.probe };
  return attachPlaces(program, attach.path, [place], attach.returns, context);
};

/** Those of one file are one link where the kernel can; the cookie still tells which of them was hit. */
export const attachUprobes: AttachTogether<'uprobe'> = (program, attaches, context) => {
  if (program.program.attachKind !== MULTI) return attachEach(attachUprobe, program, attaches, context);
  const groups = byFile(attaches).map((group) => attachFile(program, group, context));
  return {
    attachments: groups.flatMap(({ attachments }) => attachments),
    failures: groups.flatMap(({ failures }) => failures),
  };
};

/** What has no place is left out, and the link is made of the rest. */
function attachFile(
  program: LoadedProgram,
  attaches: readonly AttachPointOf<'uprobe'>[],
  context: AttachContext,
): Attached<'uprobe'> {
  const { path, returns } = attaches[0]!;
  const failed = new Map<AttachPointOf<'uprobe'>, TraceError>();
  const tell = (attach: AttachPointOf<'uprobe'>, error: unknown): void => {
    if (!(error instanceof TraceError)) throw error;
    if (!failed.has(attach)) failed.set(attach, error);
  };
  const attachments: Attachment[] = [];
  try {
    const elf = openFile(path, context);
    const places = attaches.flatMap((attach): Place[] => {
      try {
        return [{ offset: uprobeOffset(elf, attach), counter: 0n, cookie: attach.probe }];
      } catch (error) {
        tell(attach, error);
        return [];
      }
    });
    if (places.length > 0) attachments.push(attachPlaces(program, path, places, returns, context));
  } catch (error) {
    for (const attach of attaches) tell(attach, error);
  }
  return { attachments, failures: Array.from(failed, ([attach, error]) => ({ attach, error })) };
}

/** Several names of one function are one place, which must be hit once. */
export const attachUprobeMulti: Attach<'uprobe-multi'> = (program, attach, context) => {
  const elf = openFile(attach.path, context);
  const offsets = new Set<bigint>();
  for (const symbol of attach.symbols) {
    const found = elf.functionOffset(symbol);
    if (found) offsets.add(BigInt(found.offset));
  }
  if (offsets.size === 0) throw noSymbol(elf, attach.path, attach.symbols[0] ?? '');
  const places = [...offsets].map((offset) => ({ offset, counter: 0n, cookie: attach.probe }));
  return attachPlaces(program, attach.path, places, attach.returns, context);
};

export const attachUsdt: Attach<'usdt'> = (program, attach, context) => {
  const elf = openFile(attach.path, context);
  const probes = elf.usdtProbes();
  const found = probes.filter(({ provider, name }) => {
    return name === attach.name && (attach.provider === '' || provider === attach.provider);
  });
  if (found.length === 0) {
    const wanted = attach.provider === '' ? attach.name : `${attach.provider}:${attach.name}`;
    const names = probes.map(({ provider, name }) => (attach.provider === '' ? name : `${provider}:${name}`));
    throw cannotAttach(`${attach.path} has no USDT probe '${wanted}'`, ...didYouMean(wanted, names));
  }
  const places = found.map((site) => ({
    offset: BigInt(site.offset),
    counter: BigInt(site.semaphoreOffset ?? 0),
    cookie: attach.probe,
  }));
  return { ...attachPlaces(program, attach.path, places, false, context), count: 1 };
};

/** Attach points of one file and one side of its functions. */
function byFile(attaches: readonly AttachPointOf<'uprobe'>[]): AttachPointOf<'uprobe'>[][] {
  const groups = new Map<string, AttachPointOf<'uprobe'>[]>();
  for (const attach of attaches) {
    const key = `${attach.returns} ${attach.path}`;
    const known = groups.get(key);
    if (known) known.push(attach);
    else groups.set(key, [attach]);
  }
  return [...groups.values()];
}

function openFile(path: string, { platform }: AttachContext): ElfFile {
  try {
    return platform.elf(path);
  } catch (error) {
    throw cannotAttach(
      `${path} cannot be read as a program or library: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The place of the first instruction that the probe is at. */
export function uprobeOffset(elf: ElfFile, attach: AttachPointOf<'uprobe'>): bigint {
  const { path, symbol, address, offset } = attach;
  if (symbol !== undefined) {
    const found = elf.functionOffset(symbol);
    if (!found) throw noSymbol(elf, path, symbol);
    if (offset > 0 && found.size > 0 && offset >= found.size) {
      throw cannotAttach(`${symbol}+${offset} lies outside of the function, which is ${found.size} bytes long`);
    }
    return BigInt(found.offset + offset);
  }
  const place = elf.addressToOffset(address! + BigInt(offset));
  if (place !== undefined) return BigInt(place);
  throw cannotAttach(`${path} has no code at the address 0x${(address! + BigInt(offset)).toString(16)}`);
}

function noSymbol(elf: ElfFile, path: string, symbol: string): Error {
  const names = Array.from(elf.functions(), (found) => found.name);
  const stripped =
    names.length === 0 ? ['the file has no symbols; attach by address instead'] : didYouMean(symbol, names);
  return cannotAttach(`${path} has no function '${symbol}'`, ...stripped);
}

function didYouMean(word: string, candidates: Iterable<string>): string[] {
  const near = nearest(word, candidates);
  return near === undefined ? [] : [`did you mean '${near}'?`];
}

function attachPlaces(
  program: LoadedProgram,
  path: string,
  places: readonly Place[],
  returns: boolean,
  context: AttachContext,
): Attachment {
  try {
    const attachment =
      program.program.attachKind === MULTI
        ? { links: [multiLink(program, path, places, returns, context)] }
        : linkEvents(
            context,
            program,
            openEvents(path, places, returns, context),
            places.map(({ cookie }) => cookie),
          );
    return { ...attachment, count: places.length };
  } catch (error) {
    throw explained(error, path);
  }
}

const RETURN_PROBE = 1;

function multiLink(
  program: LoadedProgram,
  path: string,
  places: readonly Place[],
  returns: boolean,
  { sys, options }: AttachContext,
): number {
  const counters = places.some(({ counter }) => counter !== 0n);
  return linkCreate(sys, {
    program: program.fd,
    target: 0,
    attachType: attachKindId(MULTI),
    rest: (attr) => {
      attr.pointer(utf8Bytes(`${path}\0`)).pointer(words(places.map(({ offset }) => offset)));
      attr.pointer(counters ? words(places.map(({ counter }) => counter)) : undefined);
      attr.pointer(words(places.map(({ cookie }) => BigInt(cookie)))).u32(places.length);
      attr.u32(returns ? RETURN_PROBE : 0).u32(options.targetPid ?? 0);
    },
  });
}

function words(values: readonly bigint[]): Attr {
  const attr = new Attr(values.length * 8);
  for (const value of values) attr.u64(value);
  return attr;
}

function openEvents(
  path: string,
  places: readonly Place[],
  returns: boolean,
  { sys, platform, options }: AttachContext,
): number[] {
  const type = platform.pmuType('uprobe');
  if (type === undefined) {
    throw cannotAttach('this kernel has no uprobes', 'use a kernel that is built with CONFIG_UPROBE_EVENTS=y');
  }
  const config = returns ? 1n << BigInt(platform.pmuBit('uprobe', 'retprobe') ?? 0) : 0n;
  const counterBit = BigInt(platform.pmuBit('uprobe', 'ref_ctr_offset') ?? 32);
  const pid = options.targetPid ?? -1;
  const cpu = pid === -1 ? platform.onlineCpus[0]! : -1;
  const config1 = utf8Bytes(`${path}\0`);
  return openAll(sys, places, ({ offset, counter }) =>
    perfOpen(sys, { type, config: config | (counter << counterBit), config1, config2: offset }, pid, cpu),
  );
}

function explained(error: unknown, path: string): unknown {
  if (isErrno(error, 'ENOTSUPP', 'EOPNOTSUPP', 'EILSEQ', 'EINVAL')) {
    return cannotAttach(
      `no uprobe can be put at this place of ${path} (${error.errnoName})`,
      'the place must be the start of an instruction that the kernel can emulate or single-step',
    );
  }
  if (isErrno(error, 'ESRCH')) return cannotAttach('the process that was asked for with -p is gone');
  return error;
}
