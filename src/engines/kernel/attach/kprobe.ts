// Functions of the kernel through kprobes: one by one through the perf PMU (4.17), at an address, or many with one link
// (5.18). The older way through the file kprobe_events is left alone on purpose: what it adds outlives a killed process.

import { utf8Bytes } from '../../../base/bytes.ts';
import { attachKindId } from '../../../isa/index.ts';
import type { LoadedProgram } from '../programs.ts';
import { Attr } from '../sys/attr.ts';
import { linkCreate } from '../sys/bpf.ts';
import { type PerfEvent, perfOpen } from '../sys/perf.ts';
import { isErrno } from '../sys/syscall-error.ts';
import {
  type Attach,
  type AttachContext,
  type Attachment,
  type AttachPointOf,
  type AttachTogether,
  attachEach,
  cannotAttach,
} from './attach.ts';
import { linkEvents } from './perf-link.ts';

export const attachKprobe: Attach<'kprobe'> = (program, attach, context) => {
  const { symbol, offset, returns } = attach;
  return attachAt(
    program,
    placeOf(attach, context),
    `${symbol}${offset > 0 ? `+${offset}` : ''}`,
    returns,
    attach.probe,
    context,
  );
};

export const attachKprobeAddress: Attach<'kprobe-address'> = (program, attach, context) => {
  const place = { config1: 0n, config2: attach.address };
  return attachAt(program, place, `0x${attach.address.toString(16)}`, attach.returns, attach.probe, context);
};

/** Where there is no multi link, one kprobe for each; the attachment holds when at least one is possible. */
export const attachKprobeMulti: Attach<'kprobe-multi'> = (program, attach, context) => {
  if (program.program.attachKind === MULTI) {
    const { returns, probe } = attach;
    const link = (symbols: readonly string[]): Attachment =>
      multiLink(
        program,
        symbols.map((symbol) => ({ symbol, returns, probe })),
        context,
      );
    try {
      return link(attach.symbols);
    } catch (error) {
      // One function that this kernel lacks spoils the link for all.
      const known = attach.symbols.filter((symbol) => context.platform.kernelSymbol(symbol) !== undefined);
      if (known.length === 0 || known.length === attach.symbols.length) throw error;
      return link(known);
    }
  }
  const links: number[] = [];
  const events: number[] = [];
  let failure: unknown;
  for (const symbol of attach.symbols) {
    try {
      const place = { config1: utf8Bytes(`${symbol}\0`), config2: 0n };
      const one = attachAt(program, place, symbol, attach.returns, attach.probe, context);
      links.push(...one.links);
      events.push(...(one.events ?? []));
    } catch (error) {
      failure = error;
    }
  }
  if (links.length === 0) throw failure ?? cannotAttach('there is no function to attach to');
  return { links, events, count: links.length };
};

/** Entries of several functions of the kernel proper are one link where the kernel can. */
export const attachKprobes: AttachTogether<'kprobe'> = (program, attaches, context) => {
  if (program.program.attachKind !== MULTI) return attachEach(attachKprobe, program, attaches, context);
  const groups = [false, true].map((returns) => attaches.filter((attach) => attach.returns === returns));
  try {
    const links = groups.filter(({ length }) => length > 0).map((group) => multiLink(program, group, context));
    return { attachments: links, failures: [] };
  } catch {
    // One function that cannot be traced spoils the link for all; attached alone, each speaks for itself.
    const single = program.loadAs(program.program.kind, undefined);
    try {
      return attachEach(attachKprobe, single, attaches, context);
    } finally {
      context.sys.close(single.fd);
    }
  }
};

const MULTI = 'trace_kprobe_multi';

type Place = Required<Pick<PerfEvent, 'config1' | 'config2'>>;

/** By name, which the kernel looks up itself; functions of a module by address, because the PMU takes no module. */
function placeOf({ symbol, offset, module }: AttachPointOf<'kprobe'>, { platform }: AttachContext): Place {
  if (module !== undefined) {
    const address = platform.kernelSymbol(symbol, module);
    if (address === undefined)
      throw cannotAttach(`the module '${module}' is not loaded or has no function '${symbol}'`);
    return { config1: 0n, config2: address + BigInt(offset) };
  }
  return { config1: utf8Bytes(`${symbol}\0`), config2: BigInt(offset) };
}

function attachAt(
  program: LoadedProgram,
  place: Place,
  name: string,
  returns: boolean,
  cookie: number,
  context: AttachContext,
): Attachment {
  const { sys, platform } = context;
  const type = platform.pmuType('kprobe');
  if (type === undefined) throw noKprobes();
  const config = returns ? 1n << BigInt(platform.pmuBit('kprobe', 'retprobe') ?? 0) : 0n;
  try {
    const event = perfOpen(sys, { type, config, ...place }, -1, platform.onlineCpus[0]!);
    return linkEvents(context, program, [event], cookie);
  } catch (error) {
    throw explained(error, name);
  }
}

const RETURN_PROBE = 1;

function multiLink(
  program: LoadedProgram,
  attaches: readonly { readonly symbol: string; readonly returns: boolean; readonly probe: number }[],
  { sys, features }: AttachContext,
): Attachment {
  if (!features.has('kprobe-multi')) throw noKprobes();
  const names = new Attr(attaches.length * 8);
  const cookies = new Attr(attaches.length * 8);
  for (const { symbol, probe } of attaches) {
    names.pointer(utf8Bytes(`${symbol}\0`));
    cookies.u64(BigInt(probe));
  }
  try {
    const link = linkCreate(sys, {
      program: program.fd,
      target: 0,
      attachType: attachKindId(MULTI),
      rest: (attr) => {
        attr.u32(attaches[0]!.returns ? RETURN_PROBE : 0).u32(attaches.length);
        attr.pointer(names).u64(0n).pointer(cookies);
      },
    });
    return { links: [link], count: attaches.length };
  } catch (error) {
    throw explained(error, attaches.length === 1 ? attaches[0]!.symbol : `${attaches.length} functions`);
  }
}

function noKprobes(): Error {
  return cannotAttach(
    'this kernel has no kprobes (it was built without CONFIG_KPROBES)',
    'use a tracepoint instead: beetrace -l "tracepoint:*" lists them',
  );
}

function explained(error: unknown, name: string): unknown {
  if (isErrno(error, 'ENOENT', 'ESRCH')) {
    return cannotAttach(
      `the kernel has no function '${name}' that could be probed`,
      'list them with: beetrace -l "kprobe:*"',
    );
  }
  if (isErrno(error, 'EADDRNOTAVAIL')) {
    return cannotAttach(
      `the kernel has several functions '${name}'`,
      'probe one of them by its address: kprobe:0xADDRESS',
    );
  }
  if (isErrno(error, 'EINVAL', 'EILSEQ', 'EOPNOTSUPP', 'ENOTSUPP')) {
    return cannotAttach(
      `no kprobe can be put at '${name}' (${error.errnoName})`,
      'it is on the list of functions that must not be probed, or the place is not the start of an instruction',
    );
  }
  if (isErrno(error, 'EPERM')) {
    return cannotAttach(
      'kprobes are not permitted: the kernel is locked down',
      'use a tracepoint, or boot without lockdown',
    );
  }
  return error;
}
