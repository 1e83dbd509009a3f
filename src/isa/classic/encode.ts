// Classic BPF as bytes (eight an instruction, as the kernel takes them), as decimals (`tcpdump -ddd`) and as the body of a
// C array (`tcpdump -dd`).

import { ByteWriter } from '../../base/bytes.ts';
import type { ClassicInstruction } from './instruction.ts';

/** Bytes of struct sock_filter. */
const BYTES = 8;

export function encodeClassic(program: readonly ClassicInstruction[]): Uint8Array {
  const writer = new ByteWriter(program.length * BYTES);
  for (const { code, jt, jf, k } of program) writer.u16(code).u8(jt).u8(jf).u32(k);
  return writer.finish();
}

/** The instructions of bytes whose number is a multiple of eight; what is left over at the end is not read. */
export function decodeClassic(bytes: Uint8Array): ClassicInstruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const program: ClassicInstruction[] = [];
  for (let at = 0; at + BYTES <= bytes.length; at += BYTES) {
    program.push({
      code: view.getUint16(at, true),
      jt: view.getUint8(at + 2),
      jf: view.getUint8(at + 3),
      k: view.getUint32(at + 4, true),
    });
  }
  return program;
}

/** The number of instructions on a line, then `code jt jf k` on a line each. */
export function classicDecimals(program: readonly ClassicInstruction[]): string {
  const lines = program.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`);
  return [`${program.length}`, ...lines, ''].join('\n');
}

/** The initialiser of an array of struct sock_filter, an element on each line. */
export function classicArray(program: readonly ClassicInstruction[]): string {
  return program
    .map(({ code, jt, jf, k }) => `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')} },\n`)
    .join('');
}

/** Reads what `classicDecimals` writes; also with commas between the instructions, as iptables takes it. */
export function parseClassicDecimals(text: string): ClassicInstruction[] | undefined {
  const numbers = text.split(/[\s,]+/).filter((word) => word !== '');
  const count = Number(numbers[0]);
  if (!numbers.every((word) => /^\d+$/.test(word)) || numbers.length !== 1 + count * 4) return undefined;
  const limits = [0xffff, 0xff, 0xff, 0xffffffff];
  const values = numbers.slice(1).map(Number);
  if (values.some((value, index) => value > limits[index % 4]!)) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const [code, jt, jf, k] = values.slice(index * 4, index * 4 + 4);
    return { code: code!, jt: jt!, jf: jf!, k: k! };
  });
}
