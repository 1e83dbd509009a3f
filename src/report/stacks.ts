// Stacks: a newline and then one line for each frame.

import type { Memory, StackMode, TypeOf } from '../image/index.ts';
import { frameSize } from '../image/index.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { textAndQuoted, type ValueContext, type ValueFormat } from './values/value.ts';

const NEWLINE = 10;
const SPACE = 32;

/** Both kinds of stack have eight bytes before their frames. */
const HEADER = 8;

// enum bpf_stack_build_id_status of include/uapi/linux/bpf.h, since Linux 4.17.
const BUILD_ID_VALID = 1;
const BUILD_ID_IP = 2;
const BUILD_ID_BYTES = 20;

/** Writes the frame whose bytes begin at `at`. */
type FrameWriter = (out: OutputBuffer, memory: Memory, at: number, pid: number) => void;

export function kernelStackFormat(type: TypeOf<'kstack'>, context: ValueContext): ValueFormat {
  const { symbols } = context;
  const { mode } = type;
  const frame: FrameWriter =
    mode === 'bpftrace' || mode === 'perf'
      ? (out, { view }, at) => out.copy(symbols.kernel(mode, view.getUint32(at + 4, true), view.getUint32(at, true)))
      : plainFrame(mode);
  const named = mode === 'bpftrace' || mode === 'perf';
  const isTracer = ({ view }: Memory, at: number): boolean =>
    symbols.isTracer(view.getUint32(at + 4, true), view.getUint32(at, true));
  return textAndQuoted((out, memory, offset, end) => {
    const count = frameCount(memory, offset, end, type);
    let own = 0;
    while (named && own < count && isTracer(memory, offset + HEADER + own * 8)) own++;
    writeFrames(out, memory, offset + own * 8, count - own, frameSize(mode), 0, frame);
  }, context);
}

export function userStackFormat(type: TypeOf<'ustack'>, context: ValueContext): ValueFormat {
  const { symbols } = context;
  const { mode } = type;
  const frame: FrameWriter =
    mode === 'bpftrace' || mode === 'perf'
      ? (out, { view }, at, pid) =>
          out.copy(symbols.user(mode, pid, view.getUint32(at + 4, true), view.getUint32(at, true)))
      : plainFrame(mode);
  return textAndQuoted((out, memory, offset, end) => {
    const count = frameCount(memory, offset, end, type);
    writeFrames(out, memory, offset, count, frameSize(mode), memory.view.getUint32(offset + 4, true), frame);
  }, context);
}

/** How many frames there really are: a count that is no count (an error number) means none. */
function frameCount(memory: Memory, offset: number, end: number, type: TypeOf<'kstack' | 'ustack'>): number {
  const count = memory.view.getUint32(offset, true);
  if (count > type.limit) return 0;
  return Math.min(count, Math.max(0, Math.floor((end - offset - HEADER) / frameSize(type.mode))));
}

function writeFrames(
  out: OutputBuffer,
  memory: Memory,
  offset: number,
  count: number,
  stride: number,
  pid: number,
  frame: FrameWriter,
): void {
  out.byte(NEWLINE);
  for (let index = 0; index < count; index++) frame(out, memory, offset + HEADER + index * stride, pid);
}

function plainFrame(mode: Exclude<StackMode, 'bpftrace' | 'perf'>): FrameWriter {
  return mode === 'raw' ? writeAddress : writeBuildId;
}

const writeAddress: FrameWriter = (out, { view }, at) => {
  out.hexadecimal(view.getUint32(at + 4, true), view.getUint32(at, true));
  out.byte(NEWLINE);
};

// struct bpf_stack_build_id: i32 status, 20 bytes of build id, and a u64 offset in the file or, without one, an address.
const writeBuildId: FrameWriter = (out, memory, at, pid) => {
  const status = memory.view.getInt32(at, true);
  if (status === BUILD_ID_IP) {
    writeAddress(out, memory, at + 24, pid);
    return;
  }
  if (status !== BUILD_ID_VALID) return;
  for (let index = 0; index < BUILD_ID_BYTES; index++) out.hexByte(memory.u8[at + 4 + index]!);
  out.byte(SPACE);
  out.byte(48);
  out.byte(120);
  writeAddress(out, memory, at + 24, pid);
};
