// uaddr: a variable of the program that was hit.

import type { Binary, Environment } from '../../../compiler/environment.ts';
import { register, registerOf, scalar } from '../../../compiler/operations/index.ts';
import { intType, pointerType, type Type, UINT64 } from '../../../image/index.ts';
import type { CheckContext, ProgramScope, WordUse } from '../check/context.ts';
import { literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const uaddr: ExpressionWord = {
  name: 'uaddr',
  kind: 'function',
  signature: 'uaddr("symbol")',
  doc: 'Address of a variable of the traced binary: a pointer to an integer of its size.',
  args: [1, 1],
  needs: 'uaddr',
  check(cx, use) {
    const name = literalString(cx, use, 0);
    if (name === undefined) return UINT64;
    const place = placeOf(cx.scope);
    if (!place) return noPlace(cx, use);
    const symbol = place.binary.symbol(name);
    if (symbol) return pointerType(sizedInteger(symbol.size), 'user');
    cx.error('symbol', `Could not resolve symbol: ${place.binary.path}:${name}`, use.args[0]!.span);
    return UINT64;
  },
  lower(cx, use) {
    // Both addresses are moved by the same distance when the binary is loaded.
    const { binary, address } = placeOf(cx.scope)!;
    const target = binary.symbol(cx.constant(use.args[0]) as string)!.address;
    const here = registerOf(register(cx.p, 'ip')!);
    return scalar(cx.type(use.node), cx.p.b.add(here, target - address));
  },
};

function noPlace(cx: CheckContext, use: WordUse): Type {
  cx.error('uaddr-place', 'uaddr() needs a uprobe at one place of a binary', use.span).hint(
    'a program of several places does not know which of them was hit',
  );
  return UINT64;
}

function sizedInteger(size: number): Type {
  return [1, 2, 4].includes(size) ? intType(size, false) : UINT64;
}

/** The binary, and the address in it of the instruction that is hit. */
function placeOf({ plan, environment }: ProgramScope): { binary: Binary; address: bigint } | undefined {
  const [place, ...more] = plan.places;
  if (!place || more.length > 0 || place.attach.kind !== 'uprobe' || place.attach.returns) return undefined;
  const { path, symbol, address, offset } = place.attach;
  const binary = binaryAt(environment, path);
  const start = symbol === undefined ? address : binary?.function(symbol)?.address;
  return binary && start !== undefined ? { binary, address: start + BigInt(offset) } : undefined;
}

function binaryAt(environment: Environment, path: string): Binary | undefined {
  return environment.binaries(path)[0];
}
