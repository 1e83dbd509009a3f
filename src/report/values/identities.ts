// Numbers that the system has names for: users and cgroups. Each is asked for once.

import { utf8Bytes } from '../../base/bytes.ts';
import { wildcard } from '../../base/text.ts';
import type { TypeOf } from '../../image/index.ts';
import { textAndQuoted, type ValueContext, type ValueFormat } from './value.ts';

/** The one hierarchy of cgroup v2, as upstream calls it. */
const HIERARCHY = 'unified';

export function userNameFormat(context: ValueContext): ValueFormat {
  return named(context, (id) => context.names.userName(Number(id)) ?? id.toString());
}

export function cgroupPathFormat(type: TypeOf<'cgroup_path'>, context: ValueContext): ValueFormat {
  const shown = type.filter === '' || wildcard(type.filter)(HIERARCHY);
  return named(context, (id) => {
    if (!shown) return '';
    const path = context.names.cgroupPath(id);
    return path === undefined ? id.toString() : `${HIERARCHY}:${path}`;
  });
}

function named(context: ValueContext, name: (id: bigint) => string): ValueFormat {
  const known = new Map<number, Uint8Array>();
  return textAndQuoted((out, { view }, offset) => {
    const key = view.getUint32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
    let text = known.get(key);
    if (!text) {
      text = utf8Bytes(name(view.getBigUint64(offset, true)));
      if (Number.isSafeInteger(key)) known.set(key, text);
    }
    out.copy(text);
  }, context);
}
