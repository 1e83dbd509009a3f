// pton: an address of a network from its text.

import { memory } from '../../../compiler/operations/index.ts';
import { arrayType, intType, type Type } from '../../../image/index.ts';
import { UNRESOLVED } from '../check/types.ts';
import { literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const pton: ExpressionWord = {
  name: 'pton',
  kind: 'function',
  signature: 'pton("address")',
  doc: 'The bytes of an IPv4 or IPv6 address that is written as text.',
  args: [1, 1],
  check(cx, use): Type {
    const text = literalString(cx, use, 0);
    if (text === undefined) return UNRESOLVED;
    const bytes = addressBytes(text);
    if (bytes) return arrayType(intType(1, false), bytes.length);
    cx.error('address', `Invalid IP address: ${text}`, use.args[0]!.span);
    return UNRESOLVED;
  },
  lower(cx, use) {
    const { map, offset } = cx.p.module.constant(addressBytes(cx.constant(use.args[0]) as string)!);
    return memory(cx.type(use.node), { base: cx.p.b.mapValue(map, offset), offset: 0 });
  },
};

/** Four bytes for IPv4, sixteen for IPv6, in the order of the network. */
function addressBytes(text: string): Uint8Array | undefined {
  return text.includes(':') ? sixteenBytes(text) : fourBytes(text);
}

function fourBytes(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

/** `::` stands for as many zeroes as are missing; the last four bytes may be written as IPv4. */
function sixteenBytes(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => groups(half));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(tail ? missing : 0).fill(0), ...(tail ?? [])]);
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const four = index === parts.length - 1 && part.includes('.') ? fourBytes(part) : undefined;
    if (four) bytes.push(...four);
    else if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    else bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff);
  }
  return bytes;
}
