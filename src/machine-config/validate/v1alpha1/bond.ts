import type { V1Alpha1Bond } from '../../../../generated/machine-config/index.js';
import { structureOf } from '../../structure/structure.js';
import type { Reporter } from '../reporter.js';

/** Fields with words, the fields of `BondConfig` that know them, and what Talos calls a wrong one. */
const words = [
  ['mode', 'bondMode', 'invalid bond type'],
  ['xmitHashPolicy', 'xmitHashPolicy', 'invalid xmit hash policy'],
  ['lacpRate', 'lacpRate', 'invalid lacp rate'],
  ['arpValidate', 'arpValidate', 'invalid arp_validate mode'],
  ['arpAllTargets', 'arpAllTargets', 'invalid arp_all_targets mode'],
  ['primaryReselect', 'primaryReselect', 'invalid primary_reselect mode'],
  ['failOverMac', 'failOverMac', 'invalid fail_over_mac value'],
  ['adSelect', 'adSelect', 'invalid ad_select mode'],
] as const;

const balanced = ['balance-alb', 'balance-tlb'];

/** A bond of the old document: which of its settings go together. */
export function checkBond(bond: V1Alpha1Bond, report: Reporter): void {
  for (const [key, modern, complaint] of words) {
    const value = bond[key];
    if (value && !wordsOf(modern).includes(value)) report.error(`${complaint} ${value}`);
  }
  // Talos goes on with its first mode where none or a wrong one is given.
  const given = bond.mode ?? '';
  const mode = wordsOf('bondMode').includes(given) ? given : 'balance-rr';
  checkDelays(bond, report);
  const refuse = (isWrong: boolean, message: string) => {
    if (isWrong) report.error(`bond.${message}`);
  };
  const in8023ad = mode === '802.3ad';
  const isBalanced = balanced.includes(mode);
  const notIn = (key: string) => `${key} is not available in ${mode} mode`;
  refuse((bond.arpIPTarget ?? []).length > 0, 'arpIPTarget is not supported');
  refuse(!!bond.lacpRate && !in8023ad, 'lacpRate is only available in 802.3ad mode');
  refuse(!!bond.adActorSystem, 'adActorSystem is not supported');
  refuse((in8023ad || isBalanced) && !!bond.arpValidate, notIn('arpValidate'));
  refuse(mode !== 'active-backup' && !isBalanced && !!bond.primary, notIn('primary'));
  refuse((in8023ad || isBalanced) && (bond.arpInterval ?? 0) > 0, notIn('arpInterval'));
  refuse(mode !== 'balance-rr' && (bond.packetsPerSlave ?? 0) > 1, notIn('packetsPerSlave'));
  refuse(!isBalanced && (bond.tlbDynamicLb ?? 0) > 0, notIn('tlbDynamicTLB'));
  refuse(
    !in8023ad && (bond.adActorSysPrio ?? 0) > 0,
    'adActorSysPrio is only available in 802.3ad mode',
  );
  refuse(
    !in8023ad && (bond.adUserPortKey ?? 0) > 0,
    'adUserPortKey is only available in 802.3ad mode',
  );
}

function checkDelays({ miimon = 0, updelay = 0, downdelay = 0 }: V1Alpha1Bond, report: Reporter) {
  for (const [name, delay] of [
    ['upDelay', updelay],
    ['downDelay', downdelay],
  ] as const) {
    if (miimon === 0 && delay !== 0) {
      report.error(`bond.${name} can't be set if miiMon is zero`);
    } else if (miimon !== 0 && delay % miimon !== 0) {
      report.error(`bond.${name} should be a multiple of miiMon`);
    }
  }
}

/** The words of a field of `BondConfig`. */
function wordsOf(key: string): readonly string[] {
  const type = structureOf('BondConfig')?.field(key)?.type;
  return type?.kind === 'string' ? (type.enum ?? []) : [];
}
