// Geneve: a whole frame inside UDP port 6081. Behind it all offsets vary, because the IP header and the Geneve options do, so
// they are computed where the tunnel is recognised and kept in scratch memory. Source: RFC 8926.

import { CLASSIC_TAX, CLASSIC_TXA, ClassicMode, ClassicSize } from '../../../isa/index.ts';
import { EtherType } from '../names/tables.ts';
import {
  alu,
  and,
  JEQ,
  LD,
  LD_IMM,
  LDX_MEM,
  label,
  not,
  or,
  type Predicate,
  ST,
  STX,
  type Statement,
  statement,
  test,
  X,
} from './block.ts';
import { type Context, loadA, loadX, type Place, type Variable } from './context.ts';
import { ETHERNET } from './link-types.ts';
import { ip4Port, ip6Port } from './ports.ts';

const PORT = 6081;
const UDP = 17;
const UDP_HEADER = 8;

/** Recognises the tunnel, perhaps of one network, and enters it. */
export function geneve(cx: Context, network: number | undefined): Predicate {
  if (network !== undefined && network > 0xffffff) {
    cx.fail('geneve', `Geneve VNI ${network} greater than maximum 16777215`);
  }
  const over4 = and(ip4Port(cx, [PORT, PORT], UDP, 'dst'), ...header(cx, 'transport4', network), headerLength4(cx));
  const over6 = and(ip6Port(cx, [PORT, PORT], UDP, 'dst'), ...header(cx, 'transport6', network), headerLength6(cx));
  return and(or(over4, over6), enter(cx));
}

/** Version 0, and the network when one was named. */
function header(cx: Context, transport: 'transport4' | 'transport6', network: number | undefined): Predicate[] {
  const version = cx.compare(transport, 8, 1, 0, 0xc0);
  if (network === undefined) return [version];
  return [version, cx.compare(transport, 12, 4, (network << 8) >>> 0, 0xffffff00)];
}

/** Leaves the length of the IP header in A and X; the test holds always. */
function headerLength4(cx: Context): Predicate {
  return test([...cx.loadHeaderLength(), statement(CLASSIC_TXA)], JEQ | X);
}

function headerLength6(cx: Context): Predicate {
  const before = cx.loadVariable(cx.needPayload());
  const add = before.length > 0 ? [...before, statement(alu('ADD') | X)] : [];
  return test([statement(LD_IMM, 40), ...add, statement(CLASSIC_TAX)], JEQ | X);
}

/** Computes where the inner headers are; A is the length of the outer IP header. */
function enter(cx: Context): Predicate {
  const outer = cx.needPayload().constant + cx.network + UDP_HEADER;
  const protocol = variable(cx);
  const frame = variable(cx);
  const payload = variable(cx);
  const store = statement(STX, payload.word!);
  const statements: Statement[] = [
    statement(alu('ADD'), outer),
    statement(CLASSIC_TAX),
    // The type of what is inside, in the Geneve header.
    statement(alu('ADD'), 2),
    statement(ST, protocol.word!),
    // The first byte's low six bits are the length of the options in words.
    statement(LD | ClassicSize.B | ClassicMode.IND, 0),
    statement(alu('AND'), 0x3f),
    statement(alu('MUL'), 4),
    statement(alu('ADD'), 8),
    statement(alu('ADD') | X),
    statement(ST, frame.word!),
    statement(LD | ClassicSize.H | ClassicMode.IND, 2),
    statement(LDX_MEM, frame.word!),
    ...insideEthernet(protocol.word!, store),
    store,
    statement(LD_IMM, 0),
  ];
  cx.optimisable = false;
  cx.outerHeader = cx.header;
  cx.header = place(frame);
  cx.protocol = place(protocol);
  cx.payload = place(payload);
  cx.network = 0;
  cx.networkNoSnap = 0;
  cx.link = ETHERNET;
  cx.geneve = true;
  return test(statements, JEQ, 0);
}

/** When an Ethernet frame is inside, the type is in its header and the payload behind that. */
function insideEthernet(protocol: number, otherwise: Statement): Statement[] {
  const ethernet = label();
  return [
    { ...statement(JEQ, EtherType.TEB), jt: ethernet, jf: otherwise },
    ethernet,
    statement(CLASSIC_TXA),
    statement(alu('ADD'), 12),
    statement(ST, protocol),
    statement(alu('ADD'), 2),
    statement(CLASSIC_TAX),
  ];
}

/** Inside Geneve there is a frame with addresses only when its payload is not where the frame begins. */
export function geneveFrameCheck(cx: Context): Predicate {
  const frame = cx.header.variable!;
  const payload = cx.needPayload().variable!;
  return not(test([loadA(cx.wordOf(frame)), loadX(cx.wordOf(payload))], JEQ | X));
}

function variable(cx: Context): Variable {
  return { word: cx.take() };
}

function place(variable: Variable): Place {
  return { constant: 0, variable };
}
