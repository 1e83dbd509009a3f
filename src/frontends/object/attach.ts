// Where a program of an object runs, as an Image says it; sections whose programs are attached by other means (to interfaces,
// cgroups, sockets) have no attach point.

import type { AttachPoint } from '../../image/index.ts';
import type { SectionMeaning } from './sections.ts';

/** The attach points of a program, all of probe number `probe`. */
export function attachPoints(meaning: SectionMeaning, probe: number): AttachPoint[] {
  const { section, target } = meaning;
  if (target === '') return [];
  const [kind, ...modifiers] = section.split('.');
  const returns = kind!.includes('ret');
  const many = modifiers.includes('multi') || modifiers.includes('session');
  switch (kind) {
    case 'kprobe':
    case 'kretprobe':
      return many ? [{ probe, kind: 'kprobe-multi', symbols: [target], returns }] : kprobe(probe, target, returns);
    case 'uprobe':
    case 'uretprobe':
      return many ? [] : uprobe(probe, target, returns);
    case 'tracepoint':
    case 'tp': {
      const [category = '', event = ''] = target.split(/[/:]/);
      return event === '' ? [] : [{ probe, kind: 'tracepoint', category, event }];
    }
    case 'raw_tracepoint':
    case 'raw_tp':
    case 'tp_btf':
      return [{ probe, kind: 'raw-tracepoint', event: target }];
    case 'fentry':
    case 'fexit':
    case 'fmod_ret':
      return many ? [] : fentry(probe, target, kind === 'fexit');
    case 'iter':
      return [{ probe, kind: 'iter', object: target }];
    case 'usdt': {
      const [path = '', provider = '', name = ''] = target.split(':');
      return name === '' ? [] : [{ probe, kind: 'usdt', path, provider, name }];
    }
    default:
      return [];
  }
}

/** `function` or `function+0x10`. */
function kprobe(probe: number, target: string, returns: boolean): AttachPoint[] {
  const [symbol = '', offset] = target.split('+');
  return [{ probe, kind: 'kprobe', symbol, offset: offset === undefined ? 0 : Number(offset), returns }];
}

/** `/path:function` or `/path:function+0x10`. */
function uprobe(probe: number, target: string, returns: boolean): AttachPoint[] {
  const [, path, symbol, offset] = /^(.+):([^:+]+)(?:\+(\w+))?$/.exec(target) ?? [];
  if (path === undefined || symbol === undefined) return [];
  return [{ probe, kind: 'uprobe', path, symbol, offset: offset === undefined ? 0 : Number(offset), returns }];
}

/** `function` or `module:function`. */
function fentry(probe: number, target: string, returns: boolean): AttachPoint[] {
  const [symbol = '', module] = target.split(':').reverse();
  return [{ probe, kind: 'fentry', symbol, returns, ...(module !== undefined && { module }) }];
}
