// Words that look into a header and move all offsets behind it: vlan, mpls, pppoes, geneve. What stands to their right in the
// expression is about the packet inside.

import { ANCILLARY, ANCILLARY_OFFSET, ClassicMode, ClassicSize } from '../../../isa/index.ts';
import { EtherType } from '../names/tables.ts';
import type { Encapsulation } from '../syntax/words.ts';
import {
  alu,
  and,
  JA,
  JEQ,
  LD,
  LD_IMM,
  label,
  or,
  type Predicate,
  ST,
  type Statement,
  statement,
  test,
} from './block.ts';
import { type Context, loadA, moved, type Variable } from './context.ts';
import { carries } from './link-protocol.ts';
import { PPP } from './link-types.ts';
import { geneve, vxlan } from './tunnels.ts';

const VLAN_TYPES = [EtherType.VLAN, EtherType.PROVIDER_VLAN, EtherType.OLD_QINQ] as const;
/** The PPP protocol number of MPLS. */
const PPP_MPLS = 0x281;
const LDB = LD | ClassicSize.B | ClassicMode.ABS;

export function encapsulation(cx: Context, header: Encapsulation, tag: number | undefined): Predicate {
  switch (header) {
    case 'vlan':
      return vlan(cx, tag);
    case 'mpls':
      return mpls(cx, tag);
    case 'pppoes':
      return pppoe(cx, tag);
    case 'geneve':
      return geneve(cx, tag);
    case 'vxlan':
      return vxlan(cx, tag);
  }
}

function vlan(cx: Context, tag: number | undefined): Predicate {
  if (tag !== undefined && tag > 0xfff) cx.fail('vlan', `VLAN tag ${tag} greater than maximum 4095`);
  if (cx.labels > 0) cx.fail('vlan', 'no VLAN match after MPLS');
  const { family, name } = cx.link;
  const supported = family === 'ethernet' || (family === 'wlan' && name !== 'PPI');
  if (!supported) cx.fail('vlan', `no VLAN support for ${cx.link.description}`);
  const outOfBand = cx.live && cx.vlans === 0 && !cx.geneve && family === 'ethernet';
  const predicate = outOfBand ? liveVlan(cx, tag) : vlanInPacket(cx, tag);
  cx.vlans++;
  return predicate;
}

function vlanInPacket(cx: Context, tag: number | undefined): Predicate {
  const tagged = vlanTypes(cx);
  const predicate = tag === undefined ? tagged : and(tagged, cx.compare('network', 0, 2, tag, 0x0fff));
  cx.shift(4);
  return predicate;
}

function vlanTypes(cx: Context): Predicate {
  return or(carries(cx, VLAN_TYPES[0]), carries(cx, VLAN_TYPES[1]), carries(cx, VLAN_TYPES[2]));
}

const VLAN_PRESENT = ANCILLARY_OFFSET + ANCILLARY.vlanp;
const VLAN_TCI = ANCILLARY_OFFSET + ANCILLARY.vlan_tci;

/**
 * The kernel takes the outermost tag out of the packet and keeps it beside the bytes, but some drivers leave it in, so both
 * are looked at, and the offsets behind vary. First kernel: 3.8 (SKF_AD_VLAN_TAG_PRESENT).
 */
function liveVlan(cx: Context, tag: number | undefined): Predicate {
  const payload: Variable = { word: cx.take() };
  const protocol: Variable = { word: cx.take() };
  const clear = [statement(LD_IMM, 0), statement(ST, payload.word!), statement(ST, protocol.word!)];
  const outside = test([...clear, statement(LDB, VLAN_PRESENT)], JEQ, 1);
  const typed = vlanTypes(cx);
  typed.head.statements.unshift(...grow(payload.word!), ...grow(protocol.word!));
  const tagged = or(outside, typed);
  const predicate = tag === undefined ? tagged : and(tagged, liveTag(cx, tag));
  cx.protocol = { constant: cx.needProtocol().constant, variable: protocol };
  cx.payload = { constant: cx.needPayload().constant, variable: payload };
  return predicate;
}

function grow(word: number): Statement[] {
  return [loadA(word), statement(alu('ADD'), 4), statement(ST, word)];
}

function liveTag(cx: Context, tag: number): Predicate {
  cx.optimisable = false;
  const outside = label();
  const inside = label();
  const end = label();
  const statements: Statement[] = [
    statement(LDB, VLAN_PRESENT),
    { ...statement(JEQ, 1), jt: outside, jf: inside },
    outside,
    statement(LDB, VLAN_TCI),
    { ...statement(JA), jt: end },
    inside,
    ...cx.load('network', 0, 2),
    end,
    statement(alu('AND'), 0x0fff),
  ];
  return test(statements, JEQ, tag);
}

function mpls(cx: Context, tag: number | undefined): Predicate {
  if (tag !== undefined && tag > 0xfffff) cx.fail('mpls', `MPLS label ${tag} greater than maximum 1048575`);
  const stacked = cx.labels > 0 ? cx.compare('mpls', 2, 1, 0, 0x01) : firstLabel(cx);
  const predicate =
    tag === undefined ? stacked : and(stacked, cx.compare('network', 0, 4, (tag << 12) >>> 0, 0xfffff000));
  cx.network += 4;
  cx.networkNoSnap += 4;
  cx.labels++;
  return predicate;
}

function firstLabel(cx: Context): Predicate {
  switch (cx.link.family) {
    case 'ethernet':
    case 'cisco-hdlc':
      return carries(cx, EtherType.MPLS);
    case 'ppp':
      return carries(cx, PPP_MPLS);
    default:
      return cx.fail('mpls', `no MPLS support for ${cx.link.description}`);
  }
}

/** A PPP frame in an Ethernet frame, behind six bytes of PPPoE. */
function pppoe(cx: Context, session: number | undefined): Predicate {
  if (session !== undefined && session > 0xffff) {
    cx.fail('pppoes', `PPPoE session number ${session} greater than maximum 65535`);
  }
  const isSession = carries(cx, EtherType.PPPOES);
  const predicate =
    session === undefined ? isSession : and(isSession, cx.compare('network', 0, 4, session, 0x0000ffff));
  cx.outerHeader = cx.header;
  cx.header = moved(cx.needPayload(), cx.network + 6);
  cx.link = PPP;
  cx.protocol = cx.header;
  cx.payload = moved(cx.header, 2);
  cx.network = 0;
  cx.networkNoSnap = 0;
  return predicate;
}
