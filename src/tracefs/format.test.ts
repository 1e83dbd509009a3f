import { expect, it } from 'vitest';
import { parseFormat } from './format.ts';

const text = `name: sample_event
ID: 4711
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:const char * filename;	offset:8;	size:8;	signed:0;
	field:char prev_comm[16];	offset:16;	size:16;	signed:1;
	field:char next_comm[TASK_COMM_LEN];	offset:32;	size:16;	signed:1;
	field:unsigned long args[6];	offset:48;	size:48;	signed:0;
	field:__data_loc char[] name;	offset:96;	size:4;	signed:1;
	field:__rel_loc u64[] values;	offset:100;	size:4;	signed:0;
	field:u32 rest[];	offset:104;	size:0;	signed:0;
	field:struct task_struct *p;	offset:104;	size:8;	signed:0;
	field:sector_t sector[COUNT];	offset:112;	size:16;	signed:0;

print fmt: "a=%d
 b", REC->a
`;

it('reads names, ids and print formats', () => {
  const format = parseFormat(text)!;
  expect(format.name).toBe('sample_event');
  expect(format.id).toBe(4711);
  expect(format.printFormat).toBe('"a=%d\n b", REC->a');
});

it('reads fields of every shape', () => {
  const fields = parseFormat(text)!.fields.filter((field) => !field.common);
  const brief = fields.map(({ declaration: _, common: __, ...field }) => field);
  expect(brief).toEqual([
    { name: 'filename', type: 'const char *', offset: 8, size: 8, signed: false, isArray: false },
    { name: 'prev_comm', type: 'char', offset: 16, size: 16, signed: true, isArray: true, arrayLength: 16 },
    { name: 'next_comm', type: 'char', offset: 32, size: 16, signed: true, isArray: true, arrayLength: 16 },
    { name: 'args', type: 'unsigned long', offset: 48, size: 48, signed: false, isArray: true, arrayLength: 6 },
    { name: 'name', type: 'char', offset: 96, size: 4, signed: true, isArray: true, dataLoc: 'absolute' },
    { name: 'values', type: 'u64', offset: 100, size: 4, signed: false, isArray: true, dataLoc: 'relative' },
    { name: 'rest', type: 'u32', offset: 104, size: 0, signed: false, isArray: true },
    { name: 'p', type: 'struct task_struct *', offset: 104, size: 8, signed: false, isArray: false },
    { name: 'sector', type: 'sector_t', offset: 112, size: 16, signed: false, isArray: true },
  ]);
});

it('keeps declarations and marks common fields', () => {
  const { fields } = parseFormat(text)!;
  expect(fields.filter((field) => field.common).map(({ name }) => name)).toEqual(['common_type', 'common_pid']);
  expect(fields.map(({ declaration }) => declaration)).toContain('char prev_comm[16]');
  expect(fields.map(({ declaration }) => declaration)).toContain('__data_loc char[] name');
});

it('refuses other texts', () => {
  expect(parseFormat('')).toBeUndefined();
  expect(parseFormat('name: x\n')).toBeUndefined();
});
