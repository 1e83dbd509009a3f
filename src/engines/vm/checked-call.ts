// Arguments of helpers in checked runs: memory that a helper reads or writes must belong to the program, just as if the program
// did it. The table of prototypes says how much memory an argument stands for.

import { type Argument, helperById } from '../../isa/index.ts';
import type { Machine } from './machine.ts';
import { AccessFault } from './trap.ts';

type Check = (address: number, size: number, write: boolean) => void;

export function checkArguments(machine: Machine, id: number, registers: BigUint64Array, check: Check): void {
  const parameters = helperById(id)?.prototype.args ?? [];
  for (const [at, parameter] of parameters.entries()) {
    const value = registers[at + 1]!;
    const size = sizeOf(machine, parameters, at, registers);
    if (size === undefined || size === 0 || (value === 0n && parameter.nullable)) continue;
    if (value > 0x7fffffffn) throw new AccessFault(`argument ${at + 1} is no pointer to memory`);
    check(Number(value), size, parameter.writes === true);
  }
}

/** Bytes that an argument points to, or undefined when it is not a pointer to memory. */
function sizeOf(
  machine: Machine,
  parameters: readonly Argument[],
  at: number,
  registers: BigUint64Array,
): number | undefined {
  const { kind, size } = parameters[at]!;
  if (kind === 'PTR_TO_MEM') return size ?? Number(BigInt.asUintN(32, registers[at + 2]!));
  if (kind === 'PTR_TO_DYNPTR' || kind === 'PTR_TO_TIMER') return 16;
  if (kind !== 'PTR_TO_MAP_KEY' && kind !== 'PTR_TO_MAP_VALUE') return undefined;
  const spec = machine.mapAt(Number(registers[1]!))?.spec;
  if (!spec) throw new AccessFault('argument 1 is no pointer to a map');
  return kind === 'PTR_TO_MAP_KEY' ? spec.keySize : spec.valueSize;
}
