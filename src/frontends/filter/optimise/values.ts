// Value numbering: two computations get the same number when they must give the same value for one packet, and a number
// remembers its constant.

import { LD_IMM } from '../generate/block.ts';

/** The number of a value of which nothing is known. */
export const UNKNOWN = 0;

export class Values {
  readonly #numbers = new Map<string, number>();
  readonly #constants: (number | undefined)[] = [undefined];

  /** The number of an operation on two values or plain operands. */
  of(code: number, first: number, second: number): number {
    const key = `${code},${first},${second}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#constants.length;
    this.#numbers.set(key, number);
    this.#constants.push(undefined);
    return number;
  }

  /** The number of a constant. */
  constant(value: number): number {
    const number = this.of(LD_IMM, value >>> 0, 0);
    this.#constants[number] = value >>> 0;
    return number;
  }

  /** The constant that a number stands for. */
  known(number: number): number | undefined {
    return this.#constants[number];
  }
}
