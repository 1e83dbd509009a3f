import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceError } from '../base/error.ts';
import { Tracefs } from './tracefs.ts';

describe('a tree of files', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'tracefs-'));
    for (const event of ['sched/sched_switch', 'sched/sched_wakeup', 'ftrace/function', 'irq/softirq_entry']) {
      mkdirSync(join(root, 'events', event), { recursive: true });
    }
    writeFileSync(join(root, 'events/sched/enable'), '0');
    writeFileSync(join(root, 'events/sched/sched_switch/id'), '372\n');
    writeFileSync(join(root, 'events/sched/sched_switch/format'), 'name: sched_switch\nID: 372\nformat:\n');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is listed by its directories where the list is missing', () => {
    const tracefs = new Tracefs(root);
    expect(tracefs.categories()).toEqual(['irq', 'sched']);
    expect(tracefs.events('sched')).toEqual([
      { category: 'sched', name: 'sched_switch' },
      { category: 'sched', name: 'sched_wakeup' },
    ]);
  });

  it('is listed by the list where there is one', () => {
    writeFileSync(join(root, 'available_events'), 'irq:softirq_entry\n');
    expect(new Tracefs(root).events()).toEqual([{ category: 'irq', name: 'softirq_entry' }]);
    rmSync(join(root, 'available_events'));
  });

  it('knows ids and formats, and what it does not have', () => {
    const tracefs = new Tracefs(root);
    expect(tracefs.id('sched', 'sched_switch')).toBe(372);
    expect(tracefs.id('sched', 'nothing')).toBeUndefined();
    expect(tracefs.format('sched', 'sched_switch')?.id).toBe(372);
    expect(tracefs.format('nothing', 'nothing')).toBeUndefined();
    expect(tracefs.functions()).toBeUndefined();
  });
});

const opened = open();

function open(): Tracefs | string {
  try {
    return Tracefs.open();
  } catch (error) {
    return (error as TraceError).message;
  }
}

describe.skipIf(typeof opened === 'string')(
  `the tracefs of this machine${typeof opened === 'string' ? `: ${opened}` : ''}`,
  () => {
    const tracefs = opened as Tracefs;

    it('has events with formats', () => {
      expect(tracefs.categories()).toContain('sched');
      const format = tracefs.format('sched', 'sched_switch')!;
      expect(format.id).toBe(tracefs.id('sched', 'sched_switch'));
      expect(format.fields.find(({ name }) => name === 'next_comm')).toMatchObject({ type: 'char', arrayLength: 16 });
    });

    it('has no event whose fields cannot be read', () => {
      for (const { category, name } of tracefs.events()) {
        for (const field of tracefs.format(category, name)?.fields ?? []) {
          expect(field.name, field.declaration).toMatch(/^\w+$/);
          expect(field.type, field.declaration).toMatch(/^[\w *]+$/);
        }
      }
    });
  },
);
