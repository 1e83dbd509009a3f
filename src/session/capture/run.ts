// One run of a packet filter: from the expression to its listing, or to the packets of a file or an interface that pass it.

import { utf8Bytes } from '../../base/bytes.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { TraceError } from '../../base/error.ts';
import { convertClassic } from '../../compiler/classic.ts';
import { runClassic } from '../../engines/vm/classic/interpreter.ts';
import {
  compileFilter,
  hostNames,
  type LinkType,
  linkTypeByName,
  linkTypeByNumber,
  type Resolver,
} from '../../frontends/filter/index.ts';
import {
  type ClassicInstruction,
  classicArray,
  classicDecimals,
  disassemble,
  disassembleClassic,
} from '../../isa/index.ts';
import { PacketPrinter } from '../../report/pcap/line.ts';
import { pcapHeader, pcapRecord } from '../../report/pcap/write.ts';
import { type EbpfFilter, ebpfFilter, loadInKernel } from './ebpf.ts';
import { CaptureFile } from './file.ts';
import { findInterface, LiveCapture, netmaskOf } from './live.ts';
import { machineResolver } from './names.ts';
import type { CapturedPacket } from './source.ts';

export interface FilterRun {
  readonly expression: string;
  readonly optimise: boolean;
  readonly ebpf: boolean;
  readonly snapLength: number;
  readonly promiscuous: boolean;
  readonly link?: LinkType;
  /** A capture file, an interface: where packets come from. */
  readonly read?: string;
  readonly interface?: string;
  /** Packets go to a capture file, not to lines. */
  readonly write?: string;
  /** End after so many packets. */
  readonly count?: number;
  /** Print the program and end: as a listing, as a C array, as numbers. */
  readonly print?: 1 | 2 | 3;
}

export interface FilterOutput {
  write(bytes: Uint8Array): void;
  /** For people, beside the output. */
  say(text: string): void;
  /** Hands over what to call when the run shall end. */
  onStop(stop: () => void): void;
}

/** A fault in the expression, carried out of the middle of a run. */
class Faulty extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** Runs a filter; gives what is wrong with the expression, if anything. */
export async function runFilter(run: FilterRun, output: FilterOutput): Promise<Diagnostic | undefined> {
  const source = { name: 'filter', text: run.expression };
  const compiler = new Compiler(run, await machineResolver(hostNames(source)));
  try {
    if (run.print !== undefined) output.write(utf8Bytes(listing(run, compiler)));
    else if (run.read !== undefined) filterFile(run, run.read, compiler, output);
    else await filterInterface(run, run.interface!, compiler, output);
    return undefined;
  } catch (error) {
    if (error instanceof Faulty) return error.diagnostic;
    throw error;
  }
}

/** Compiles the expression for a link type, once for each. */
class Compiler {
  readonly #run: FilterRun;
  readonly #resolver: Resolver;
  readonly #programs = new Map<number, readonly ClassicInstruction[]>();

  constructor(run: FilterRun, resolver: Resolver) {
    this.#run = run;
    this.#resolver = resolver;
  }

  compile(link: LinkType, live: boolean): readonly ClassicInstruction[] {
    const known = this.#programs.get(link.number);
    if (known) return known;
    const { expression, optimise, snapLength } = this.#run;
    const source = { name: 'filter', text: expression };
    const savefile = this.#run.read !== undefined;
    const netmask = live && this.#run.interface !== undefined ? netmaskOf(this.#run.interface) : 0;
    const options = { link, live, optimise, snapLength, resolver: this.#resolver, netmask, savefile };
    const result = compileFilter(source, options);
    if ('diagnostic' in result) throw new Faulty(result.diagnostic);
    this.#programs.set(link.number, result.program);
    return result.program;
  }
}

const ETHERNET = linkTypeByName('EN10MB')!;

function listing(run: FilterRun, compiler: Compiler): string {
  const live = run.interface !== undefined && run.link === undefined;
  const link = run.link ?? (live ? findInterface(run.interface).link : (linkOfFile(run) ?? ETHERNET));
  const program = compiler.compile(link, live);
  if (run.ebpf) {
    const converted = convertClassic(program);
    if ('message' in converted) throw new TraceError('ERR_FILTER', converted.message);
    return disassemble(converted.instructions);
  }
  if (run.print === 1) return disassembleClassic(program);
  return run.print === 2 ? classicArray(program) : classicDecimals(program);
}

function linkOfFile(run: FilterRun): LinkType | undefined {
  if (run.read === undefined) return undefined;
  const file = new CaptureFile(run.read);
  file.close();
  return linkFor(file.header.link);
}

function linkFor(number: number): LinkType {
  const link = linkTypeByNumber(number);
  if (link) return link;
  throw new TraceError('ERR_FILTER', `Filters do not know link type ${number}.`, {
    hints: ['-y names the link type to take it for.'],
  });
}

function filterFile(run: FilterRun, path: string, compiler: Compiler, output: FilterOutput): void {
  const file = new CaptureFile(path);
  try {
    const writer = new PacketWriter(run, run.link?.number ?? file.header.link, file.header.nanoseconds, output);
    // An expression that is wrong is wrong also for a file without packets.
    compiler.compile(run.link ?? linkFor(file.header.link), false);
    const filters = new Map<number, EbpfFilter>();
    for (const packet of file.packets()) {
      if (writer.full) return;
      const link = run.link ?? linkFor(packet.link);
      const program = compiler.compile(link, false);
      if (run.ebpf && !filters.has(link.number)) filters.set(link.number, ebpfFilter(program));
      const kept = run.ebpf ? filters.get(link.number)!(packet) : runClassic(program, packet);
      if (kept > 0) writer.write(packet, kept);
    }
  } finally {
    file.close();
  }
}

async function filterInterface(run: FilterRun, name: string, compiler: Compiler, output: FilterOutput): Promise<void> {
  const from = findInterface(name);
  const program = compiler.compile(from.link, true);
  const loaded = run.ebpf ? loadInKernel(program) : undefined;
  const { snapLength, promiscuous } = run;
  const capture = new LiveCapture({
    from,
    program,
    snapLength,
    promiscuous,
    ...(loaded && { programFd: loaded.fd }),
  });
  loaded?.close();
  output.onStop(() => capture.stop());
  const writer = new PacketWriter(run, from.link.number, false, output);
  output.say(
    `listening on ${name}, link-type ${from.link.name} (${from.link.description}), snapshot length ${snapLength} bytes\n`,
  );
  let statistics = { received: 0, dropped: 0 };
  for await (const packet of capture.packets()) {
    writer.write(packet, packet.bytes.length);
    statistics = add(statistics, capture.statistics());
    if (writer.full) break;
  }
  output.say(`${writer.written} packets captured\n${statistics.received} packets received by filter\n`);
  if (statistics.dropped > 0)
    output.say(`WARNING: ${statistics.dropped} packets dropped by the kernel, because they were not taken in time\n`);
}

type Statistics = { readonly received: number; readonly dropped: number };

function add(a: Statistics, b: Statistics): Statistics {
  return { received: a.received + b.received, dropped: a.dropped + b.dropped };
}

/** Packets as lines or as a capture file. */
class PacketWriter {
  readonly #output: FilterOutput;
  readonly #printer: PacketPrinter | undefined;
  readonly #limit: number;
  readonly #nanoseconds: boolean;
  readonly #link: number;
  written = 0;

  constructor(run: FilterRun, link: number, nanoseconds: boolean, output: FilterOutput) {
    this.#output = output;
    this.#link = link;
    this.#limit = run.count ?? Number.POSITIVE_INFINITY;
    this.#nanoseconds = nanoseconds;
    this.#printer = run.write === undefined ? new PacketPrinter(link) : undefined;
    if (!this.#printer) output.write(pcapHeader({ link, snapLength: run.snapLength, nanoseconds }));
  }

  get full(): boolean {
    return this.written >= this.#limit;
  }

  /** Writes at most `kept` bytes of a packet. */
  write(packet: CapturedPacket, kept: number): void {
    const bytes = packet.bytes.subarray(0, kept);
    const cut = { timeNs: packet.timeNs, bytes, length: packet.length ?? packet.bytes.length };
    this.written++;
    if (this.#printer) {
      const printer = packet.link === this.#link ? this.#printer : new PacketPrinter(packet.link);
      this.#output.write(utf8Bytes(printer.line(cut)));
      return;
    }
    if (packet.link !== this.#link) {
      throw new TraceError('ERR_CAPTURE', 'Packets of different link types cannot be written to one pcap file.');
    }
    this.#output.write(pcapRecord(cut, this.#nanoseconds));
  }
}
