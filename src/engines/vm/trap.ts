// What ends a run that does what no verified program can do.

/** A run was stopped at an instruction. */
export class Trap extends Error {
  /** What happened, without the place: `read of 4 bytes at 0x0 is not in any region`. */
  readonly reason: string;
  /** The index of the instruction's slot in the program that ran. */
  readonly slot: number;

  constructor(slot: number, reason: string, cause?: unknown) {
    super(`at instruction ${slot}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'Trap';
    this.slot = slot;
    this.reason = reason;
  }
}

/** Thrown where the slot is not known; whoever runs the program turns it into a Trap. */
export class AccessFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'AccessFault';
  }
}

/** `0x1f` */
export function hexAddress(address: number | bigint): string {
  return `0x${address.toString(16)}`;
}
