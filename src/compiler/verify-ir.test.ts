import { describe, expect, it } from 'vitest';
import { makeFunction } from './testing/functions.ts';
import { verifyIr } from './verify-ir.ts';

describe('the check of the intermediate form', () => {
  const sound = () =>
    makeFunction((b) => {
      b.if('eq', b.argument(0), 0, () => b.call(5));
      b.return(b.add(b.argument(0), 1));
    });

  it('takes what the builder makes', () => {
    expect(() => verifyIr(sound())).not.toThrow();
  });

  it('finds a value that is used before it is made', () => {
    const func = makeFunction((b) => {
      b.return(b.add(b.call(5), 1));
    });
    func.blocks[0]!.instructions.reverse();
    expect(() => verifyIr(func, 'reversing')).toThrow(/test after reversing: .* may not have run/);
  });

  it('finds a value of a block that does not dominate its use', () => {
    const func = makeFunction((b) => {
      let inner = b.const(0);
      b.if('eq', b.argument(0), 0, () => {
        inner = b.call(5);
      });
      b.return(inner);
    });
    expect(() => verifyIr(func)).toThrow(/return in after\d uses %\d+ \(call\) of then\d, which may not have run/);
  });

  it('finds a value that was dropped', () => {
    const func = sound();
    func.blocks[0]!.instructions = func.blocks[0]!.instructions.filter(({ op }) => op !== 'argument');
    expect(() => verifyIr(func)).toThrow(/which is not in the function/);
  });

  it('finds blocks without end, edges that only one side knows, and phis of the wrong size', () => {
    const endless = sound();
    endless.blocks.at(-1)!.terminator = undefined;
    expect(() => verifyIr(endless)).toThrow(/has no end/);
    const torn = sound();
    torn.blocks.at(-1)!.predecessors.pop();
    expect(() => verifyIr(torn)).toThrow(/disagree about the edge/);
    const short = makeFunction((b) => b.return(b.compare('eq', b.argument(0), 0)));
    for (const block of short.blocks) {
      for (const one of block.instructions) if (one.op === 'phi') one.args.pop();
    }
    expect(() => verifyIr(short)).toThrow(/phi %\d+ has 1 operands/);
  });
});
