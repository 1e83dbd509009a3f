import { describe, expect, it } from 'vitest';
import type { FunctionBuilder } from '../builder.ts';
import { afterPasses } from '../testing/functions.ts';
import { simplifyBranches } from './branches.ts';
import { shareCommon } from './common.ts';
import { removeDeadCode } from './dead-code.ts';
import { fold } from './fold.ts';
import { forwardMemory } from './memory.ts';
import { simplifyPhis } from './phis.ts';
import { removeUnreachable } from './unreachable.ts';

describe('phis', () => {
  it('that choose between one value and themselves go', () => {
    const lines = afterPasses((b) => {
      const x = b.variable('x');
      b.write(x, b.argument(0));
      const [head, body, after] = [b.block('loop'), b.block('body'), b.block('after')];
      b.jump(head);
      b.enter(head, true);
      b.branch('gt', b.call(7), 3, body, after);
      b.enter(body);
      b.read(x);
      b.jump(head);
      b.seal(head);
      b.enter(after);
      b.return(b.read(x));
    }, simplifyPhis);
    expect(lines.join('\n')).not.toContain('phi');
    expect(lines.at(-1)).toBe('return %0');
  });
});

describe('unreachable code', () => {
  it('goes with the operands that it gave to phis', () => {
    const lines = afterPasses((b) => {
      const x = b.variable('x');
      const after = b.block('after');
      b.write(x, b.argument(0));
      b.jump(after);
      b.enter(b.block('dead'));
      b.write(x, b.const(1));
      b.jump(after);
      b.enter(after);
      b.return(b.read(x));
    }, removeUnreachable);
    expect(lines).toContain('%1 = phi %0  ; x');
    expect(lines.join()).not.toContain('dead');
  });
});

describe('dead code', () => {
  it('goes, calls stay', () => {
    const lines = afterPasses((b) => {
      b.add(b.argument(0), 1);
      b.call(5);
      b.load(8, b.argument(0));
      b.return(0);
    }, removeDeadCode);
    expect(lines).toEqual(['entry:', '%0 = call bpf_ktime_get_ns()', 'return 0']);
  });
});

describe('common subexpressions', () => {
  it('are shared with dominated blocks but not with siblings', () => {
    const lines = afterPasses((b) => {
      const x = b.argument(0);
      const first = b.add(x, 1);
      b.if(
        'eq',
        first,
        0,
        () => {
          b.call(6, b.add(x, 1), b.binary('mul', x, 3));
        },
        () => {
          b.call(6, b.binary('mul', x, 3));
        },
      );
      b.return(0);
    }, shareCommon);
    expect(lines.filter((line) => line.includes('add'))).toEqual(['%1 = add %0, 1']);
    expect(lines.filter((line) => line.includes('mul'))).toHaveLength(2);
  });

  it('loads are read again', () => {
    const lines = afterPasses((b) => {
      const one = b.load(8, b.argument(0));
      b.call(5);
      b.return(b.add(one, b.load(8, b.argument(0))));
    }, shareCommon);
    expect(lines.filter((line) => line.includes('load'))).toHaveLength(2);
  });
});

describe('memory', () => {
  const run = (body: (b: FunctionBuilder) => void) => afterPasses(body, shareCommon, forwardMemory, removeDeadCode);

  it('what was stored is not loaded, and a store that is overwritten goes', () => {
    const lines = run((b) => {
      const slot = b.slot(8, 8, 'first');
      b.store(8, slot, 0, 0);
      b.store(8, slot, 0, b.add(b.load(8, slot), 1));
      b.call(1, b.map(0), slot);
      b.return(0);
    });
    expect(lines).toEqual([
      'entry:',
      '%0 = add 0, 1',
      'store u64 [&first] = %0',
      '%1 = call bpf_map_lookup_elem(map @x, &first)',
      'return 0',
    ]);
  });

  it('a narrow load of a wider value is an extension', () => {
    const lines = run((b) => {
      const slot = b.slot(8, 8, 'one');
      b.store(4, slot, 0, b.argument(0));
      b.return(b.load(4, slot));
    });
    expect(lines).toEqual(['entry:', '%0 = argument 0', '%1 = u32 %0', 'return %1']);
  });

  it('a call may change what it is given', () => {
    const lines = run((b) => {
      const slot = b.slot(8, 8, 'buffer');
      b.store(8, slot, 0, 0);
      b.call(4, slot, 8, b.argument(0));
      b.return(b.load(8, slot));
    });
    expect(lines).toContain('%2 = load u64 [&buffer]');
    expect(lines).toContain('store u64 [&buffer] = 0');
  });

  it('a store through an unknown pointer may hit other unknown memory, not an object of the stack', () => {
    const lines = run((b) => {
      const slot = b.slot(8, 8, 'own');
      const [p, q] = [b.call(1), b.call(1)];
      b.store(8, slot, 0, p);
      const before = b.load(8, q);
      b.store(8, p, 0, 1);
      b.return(b.add(b.add(before, b.load(8, q)), b.load(8, slot)));
    });
    expect(lines.filter((line) => line.includes('load'))).toEqual(['%2 = load u64 [%1]', '%3 = load u64 [%1]']);
  });
});

describe('branches', () => {
  const run = (body: (b: FunctionBuilder) => void) =>
    afterPasses(body, simplifyPhis, fold, shareCommon, simplifyBranches, removeDeadCode);

  it('with a known outcome are jumps', () => {
    const lines = run((b) =>
      b.return(
        b.choose(
          'gt',
          b.const(5),
          3,
          () => b.call(5),
          () => b.call(7),
        ),
      ),
    );
    expect(lines).toEqual(['entry:', '%0 = call bpf_ktime_get_ns()', 'return %0']);
  });

  it('on `a && b` go straight to where they lead', () => {
    const lines = run((b) => {
      const x = b.argument(0);
      const both = b.variable('both');
      b.if(
        'gt',
        x,
        3,
        () => b.write(both, b.compare('lt', x, 10)),
        () => b.write(both, b.const(0)),
      );
      b.if('ne', b.read(both), 0, () => b.call(5));
      b.return(0);
    });
    expect(lines).toEqual([
      'entry:',
      '%0 = argument 0',
      'branch %0 > 3 ? then : after',
      'then:  ; from entry',
      'branch %0 < 10 ? then.1 : after',
      'then.1:  ; from then',
      '%1 = call bpf_ktime_get_ns()',
      'goto after',
      'after:  ; from then.1, entry, then',
      'return 0',
    ]);
  });

  it('that return the same number share one end', () => {
    const lines = run((b) => {
      b.if('eq', b.argument(0), 1, () => b.return(0));
      b.if('eq', b.call(5), 2, () => b.return(0));
      b.call(7);
      b.return(0);
    });
    expect(lines.filter((line) => line.startsWith('return'))).toHaveLength(2);
    expect(lines).toContain('end:  ; from entry, after');
  });

  it('a value that others need is not threaded away', () => {
    const lines = run((b) => {
      const x = b.choose(
        'eq',
        b.argument(0),
        0,
        () => b.const(1),
        () => b.call(5),
      );
      b.if('eq', x, 1, () => b.call(7));
      b.return(x);
    });
    expect(lines.join('\n')).toContain('phi %1, 1');
  });
});
