import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Class, classOf } from '../isa/index.ts';
import type { MachineBlock, MachineFunction, Move, Spilled } from './machine.ts';
import { sequenceMoves } from './moves.ts';
import { newSlot } from './spill.ts';
import { makeFunction } from './testing/functions.ts';

function machineOf(moves: Move[]): MachineFunction {
  const block: MachineBlock = {
    index: 0,
    name: 'entry',
    code: [{ kind: 'move', moves }],
    predecessors: [],
    depth: 0,
  };
  const func = makeFunction((b) => b.return(0));
  return { func, blocks: [block], nextRegister: 16, nextSlot: 100, spills: new Set() };
}

type Place = number | Spilled;
type Values = Map<unknown, bigint>;

const keyOf = (place: Place): unknown => (typeof place === 'number' ? place : place.slot);

/** Runs the instructions that came out. */
function run(machine: MachineFunction, values: Values): void {
  for (const instruction of machine.blocks[0]!.code) {
    if (instruction.kind === 'make') {
      if (instruction.what.kind === 'number') values.set(instruction.dst, instruction.what.value);
      continue;
    }
    if (instruction.kind !== 'plain') throw new Error(`unexpected ${instruction.kind}`);
    const { code, dst, src, slot, imm } = instruction;
    const read = (place: unknown): bigint => {
      const value = values.get(place);
      if (value === undefined) throw new Error('read of what holds nothing');
      return value;
    };
    if (classOf(code) === Class.ALU64) values.set(dst, read(src));
    else if (classOf(code) === Class.LDX) values.set(dst, read(slot));
    else if (classOf(code) === Class.STX) values.set(slot, read(src));
    else values.set(slot, BigInt.asUintN(64, BigInt(imm)));
  }
}

describe('parallel moves', () => {
  const place = fc.nat(13);
  const source = fc.oneof(
    { weight: 4, arbitrary: place },
    { weight: 1, arbitrary: fc.bigInt({ min: 100n, max: 1n << 40n }) },
  );
  const spec = fc.uniqueArray(fc.tuple(place, source), { selector: ([dst]) => dst, maxLength: 14 });

  it('read everything before they write anything', () => {
    fc.assert(
      fc.property(spec, fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (pairs, liveAfter) => {
        const machine = machineOf([]);
        const slots = [0, 1, 2, 3].map(() => newSlot(machine, 'spill'));
        const placeOf = (index: number): Place => (index < 10 ? index : { kind: 'stack', slot: slots[index - 10]! });
        const moves = pairs.map(
          ([dst, src]): Move => ({
            dst: placeOf(dst),
            src: typeof src === 'bigint' ? { kind: 'number', value: src } : placeOf(src),
          }),
        );
        const values: Values = new Map();
        for (const { src } of moves) {
          if (typeof src === 'number' || src.kind === 'stack') values.set(keyOf(src), BigInt(values.size + 1));
        }
        for (const register of liveAfter) if (!values.has(register)) values.set(register, BigInt(values.size + 50));
        const expected: Values = new Map();
        for (const register of liveAfter) expected.set(register, values.get(register)!);
        for (const { dst, src } of moves) {
          const value = typeof src !== 'number' && src.kind === 'number' ? src.value : values.get(keyOf(src as Place))!;
          expected.set(keyOf(dst as Place), value);
        }
        machine.blocks[0]!.code = [{ kind: 'move', moves }];
        sequenceMoves(machine, [new Set([...liveAfter, ...moves.map(({ dst }) => dst as number)])]);
        run(machine, values);
        for (const [key, value] of expected) expect(values.get(key)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  it('a swap takes three moves through a free register', () => {
    const machine = machineOf([
      { dst: 1, src: 2 },
      { dst: 2, src: 1 },
    ]);
    sequenceMoves(machine, [new Set([1, 2])]);
    expect(machine.blocks[0]!.code).toHaveLength(3);
  });
});
