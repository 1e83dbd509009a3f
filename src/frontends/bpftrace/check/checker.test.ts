import { describe, expect, it } from 'vitest';
import { compileText } from '../testing/scripts.ts';
import { dumpTypes } from './dump.ts';

/** The types of maps and variables of a script without errors. */
function typesOf(script: string): string[] {
  const { checked, messages } = compileText(script);
  expect(messages.split('\n').filter((line) => line.includes('ERROR'))).toEqual([]);
  const lines = dumpTypes(checked!).split('\n');
  return lines.filter((line) => /^(map| {2}let) /.test(line)).map((line) => line.trim());
}

describe('types of maps', () => {
  it.each([
    ['begin { @ = 1; }', ['map @ : int8']],
    ['begin { @ = 1; @ = 1000; }', ['map @ : int16']],
    ['begin { @ = 0; @ = nsecs; }', ['map @ : uint64']],
    ['begin { @ = nsecs; @ = 0; }', ['map @ : uint64']],
    ['begin { @ = -1; @ = nsecs; }', ['map @ : int64']],
    ['begin { @x[1] = "ab"; @x[1000] = "abcdef"; }', ['map @x[int16] : string[7]']],
    [
      'begin { @x[comm, 1] = (1, "a"); @x["x", 70000] = (300, "abc"); }',
      ['map @x[(string[16],int32)] : (int16,string[4])'],
    ],
    ['begin { @++; @y[1] += 5; }', ['map @ : int64', 'map @y[int8] : int64']],
    ['begin { @x = (uint64)1; @x++; @x += 2; }', ['map @x : uint64']],
    [
      'begin { @c = count(); @s = sum(1); @u = sum((uint64)1); }',
      ['map @c : count_t', 'map @s : sum_t', 'map @u : usum_t'],
    ],
    ['begin { @s = sum(nsecs); @s = sum(-1); }', ['map @s : sum_t']],
    [
      'begin { @h = hist(1); @l = lhist(1, 0, 10, 1); @t = tseries(1, 1s, 5); }',
      ['map @h : hist_t', 'map @l : lhist_t', 'map @t : tseries_t'],
    ],
    ['begin { @a = @b; } end { @b = 1000; }', ['map @b : int16', 'map @a : int16']],
    ['begin { @k[kstack] = 1; @u[ustack(5)] = 1; }', ['map @k[kstack_t] : int8', 'map @u[ustack_t] : int8']],
    ['begin { @[probe] = 1; }', ['map @[probe] : int8']],
    ['begin { @ = { let $x = 5; $x + 1 }; }', ['map @ : int64', 'let $x : int8']],
    ['begin { @ = if (pid == 1) { "a" } else { "bcd" }; }', ['map @ : string[4]']],
    ['begin { @ = (x=1, y="ab"); }', ['map @ : record { .x = int8, .y = string[3] }']],
  ])('%s', (script, expected) => {
    expect(typesOf(script)).toEqual(expected);
  });
});

describe('types of variables', () => {
  it.each([
    ['begin { $x = 1; $x = 300; }', ['let $x : int16']],
    ['begin { let $x : uint16 = 5; }', ['let $x : uint16']],
    ['begin { let $x; $x = comm; }', ['let $x : string[16]']],
    ['begin { $x = 5; $y = $x + 1; $z = nsecs - 1; }', ['let $x : int8', 'let $y : int64', 'let $z : int64']],
    ['begin { $x = pid + 1; $b = pid == 1; }', ['let $x : uint64', 'let $b : bool']],
    [
      'begin { $t = curtask; $p = $t->pid; $c = $t->comm; $m = $t->mm->map_count; $f = $t->flags; }',
      ['let $t : struct task_struct *', 'let $p : int32', 'let $c : string[16]', 'let $m : int32', 'let $f : int32'],
    ],
    [
      'begin { $p = (uint16*)0x1000; $a = *$p; $b = $p[2]; $c = $p + 1; }',
      ['let $p : uint16 *', 'let $a : uint16', 'let $b : uint16', 'let $c : uint16 *'],
    ],
    ['begin { $a = (int8[])(uint32)5; $b = $a[1]; }', ['let $a : int8[4]', 'let $b : int8']],
    [
      'begin { @x[1, "a"] = 5; for ($kv : @x) { $k = $kv.0; $v = $kv.1; } }',
      [
        'map @x[(int8,string[2])] : int8',
        'let $kv : ((int8,string[2]),int8)',
        'let $k : (int8,string[2])',
        'let $v : int8',
      ],
    ],
    ['begin { for ($i : 0..5) { $x = $i; } }', ['let $i : int64', 'let $x : int64']],
    [
      'begin { $s = strerror(2); $n = ntop(1); $k = ksym(1); $t = strftime("%H", nsecs); }',
      ['let $s : strerror', 'let $n : inet_t', 'let $k : ksym_t', 'let $t : timestamp'],
    ],
    ['begin { $e = RUNNING; $c = (enum state)1; }', ['let $e : enum state', 'let $c : enum state']],
    [
      'begin { $x = sizeof(struct task_struct); $y = offsetof(struct task_struct, comm); }',
      ['let $x : uint64', 'let $y : uint64'],
    ],
    [
      'tracepoint:syscalls:sys_enter_openat { $d = args.dfd; $f = args.filename; $m = args.mode; }',
      ['let $d : int32', 'let $f : int8 *', 'let $m : uint16'],
    ],
    [
      'tracepoint:sched:sched_switch { $c = args.prev_comm; $s = args.prev_state; $n = args.name; }',
      ['let $c : string[16]', 'let $s : int64', 'let $n : int8 *'],
    ],
    ['tracepoint:syscalls:sys_exit_* { $r = args.ret; }', ['let $r : int64']],
    ['kprobe:vfs_read { $a = arg0; $f = func; }', ['let $a : uint64', 'let $f : ksym_t']],
    [
      '#define N 5\nstruct s { int a; char b[4]; };\nbegin { $n = N; $x = ((struct s *)1)->b; }',
      ['let $n : int8', 'let $x : string[4]'],
    ],
  ])('%s', (script, expected) => {
    expect(typesOf(script)).toEqual(expected);
  });
});
