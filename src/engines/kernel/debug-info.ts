// BTF for the programs of an Image: the type of each function, and for each instruction the line of the script that it was
// made for, so that `bpftool prog dump` and the verifier's log show the script. Callbacks need it to be accepted at all.
// One BTF object serves all programs. Kernel side: check_btf_func and check_btf_line of kernel/bpf/verifier.c (5.0).

import { BtfBuilder, encodeFuncInfo, encodeLineInfo, type LineInfo } from '../../btf/index.ts';
import type { CodeFunction, Image, LineEntry, Program } from '../../image/index.ts';
import type { ProgramLoad } from './sys/bpf.ts';
import { btfLoad } from './sys/bpf.ts';
import type { Sys } from './sys/sys.ts';
import { SyscallError } from './sys/syscall-error.ts';

export interface DebugInfo {
  /** Descriptor of the BTF object; the caller closes it. */
  readonly fd: number;
  /** What PROG_LOAD takes for each program, in the order of the Image. */
  readonly programs: readonly NonNullable<ProgramLoad['btf']>[];
}

/** Loads the BTF of an Image; undefined when the kernel does not take it. */
export function loadDebugInfo(sys: Sys, image: Image): DebugInfo | undefined {
  if (image.programs.length === 0) return undefined;
  const { bytes, programs } = buildDebugInfo(image);
  try {
    const fd = btfLoad(sys, bytes);
    return { fd, programs: programs.map((records) => ({ fd, ...records })) };
  } catch (error) {
    // The programs run without it, and say themselves if they cannot.
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

interface Records {
  readonly functions: Uint8Array;
  readonly lines: Uint8Array;
}

/** The BTF and each program's records. */
export function buildDebugInfo(image: Image): { readonly bytes: Uint8Array; readonly programs: readonly Records[] } {
  const builder = new BtfBuilder();
  const texts = image.sources.map(({ name, text }) => new LineTexts(builder, name, text));
  const programs = image.programs.map((program) => ({
    functions: encodeFuncInfo(
      program.functions.map((func) => ({ instruction: func.slot, type: functionType(builder, func) })),
    ),
    lines: encodeLineInfo(lineRecords(program, texts)),
  }));
  return { bytes: builder.finish(), programs };
}

function functionType(builder: BtfBuilder, { name, shape }: CodeFunction): number {
  const pointer = (param: string) => ({ name: param, type: builder.ptr(0) });
  const u64 = builder.int('unsigned long long', 8);
  const long = builder.int('long', 8, 'signed');
  const identifier = name.replace(/[^A-Za-z0-9_]/g, '_');
  if (shape === 'entry') {
    return builder.func(identifier, builder.funcProto(builder.int('int', 4, 'signed'), [pointer('ctx')]), 'global');
  }
  // The kernel takes only static functions as callbacks, and checks the calls of static ones by their code alone.
  const proto = (returns: number, params: Parameters<BtfBuilder['funcProto']>[1]): number =>
    builder.func(identifier, builder.funcProto(returns, params), 'static');
  if (shape === 'map-callback') return proto(long, ['map', 'key', 'value', 'ctx'].map(pointer));
  if (shape === 'loop-callback') return proto(long, [{ name: 'index', type: u64 }, pointer('ctx')]);
  const params = Array.from({ length: shape.parameters }, (_, index) => ({ name: `arg${index}`, type: u64 }));
  return proto(u64, params);
}

/** Ascending, none inside of a wide instruction, and one at the start of every function, as the kernel wants it. */
function lineRecords(program: Program, texts: readonly LineTexts[]): LineInfo[] {
  const [first] = program.lines;
  if (!first) return [];
  const bySlot = new Map<number, LineEntry>();
  for (const line of program.lines) if (startsInstruction(program.code, line.slot)) bySlot.set(line.slot, line);
  for (const { slot } of program.functions) {
    if (!bySlot.has(slot)) bySlot.set(slot, { slot, location: lineBefore(program.lines, slot) ?? first.location });
  }
  return [...bySlot.values()]
    .sort((a, b) => a.slot - b.slot)
    .map(({ slot, location }) => ({ instruction: slot, ...texts[location.source]!.at(location.start) }));
}

/** The second slot of a wide instruction has no opcode. */
function startsInstruction(code: Uint8Array, slot: number): boolean {
  return (code[slot * 8] ?? 0) !== 0;
}

function lineBefore(lines: readonly LineEntry[], slot: number): LineEntry['location'] | undefined {
  return lines.findLast((line) => line.slot <= slot)?.location;
}

/** The lines of one source as strings of the BTF, each written when it is first used. */
class LineTexts {
  readonly #builder: BtfBuilder;
  readonly #name: string;
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(builder: BtfBuilder, name: string, text: string) {
    this.#builder = builder;
    this.#name = name;
    this.#text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  at(offset: number): Omit<LineInfo, 'instruction'> {
    const index = this.#starts.findLastIndex((start) => start <= offset);
    const start = this.#starts[index]!;
    const text = this.#text.slice(start, (this.#starts[index + 1] ?? this.#text.length + 1) - 1);
    return {
      file: this.#builder.string(this.#name),
      text: this.#builder.string(text.trim()),
      line: index + 1,
      column: offset - start + 1,
    };
  }
}
