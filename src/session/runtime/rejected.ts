// A program that may not run because a verifier refuses it: ours or the kernel's.

import { TraceError } from '../../base/error.ts';
import type { RuntimeProgram } from './program.ts';

interface Refusal {
  /** Negative. */
  readonly errno: number;
  readonly message: string;
  readonly instruction: number;
}

const HINTS = {
  verifier: ['`beetrace explain` shows how it came to that', '--no-verify runs it all the same, with checks'],
  kernel: ['`beetrace verify --kernel --log` shows its log'],
} as const;

export class RejectedError extends TraceError {
  readonly refusal: Refusal;

  constructor(who: 'verifier' | 'kernel', { name }: RuntimeProgram, refusal: Refusal) {
    const { instruction, message } = refusal;
    super(
      'ERR_VERIFIER',
      `The ${who} rejects the program ${name} at instruction ${instruction}: ${message.replaceAll('\n', '; ')}.`,
      {
        hints: HINTS[who],
      },
    );
    this.refusal = refusal;
  }
}
