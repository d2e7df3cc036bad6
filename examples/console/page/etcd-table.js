import { byId, element, setText } from './dom.js';
import { mebibytes } from './format.js';

/**
 * @typedef {import('../protocol.js').EtcdView} EtcdView
 * @typedef {import('../protocol.js').EtcdMemberView} EtcdMemberView
 */

const TONES = { leader: 'good', follower: 'good', learner: 'busy', silent: 'bad' };

/** @param {EtcdView} etcd */
export function showEtcd({ members, problem }) {
  setText(byId('etcd-problem', HTMLElement), problem);
  byId('etcd', HTMLElement).replaceChildren(...members.map(row));
}

/** @param {EtcdMemberView} member */
function row({ name, id, role, raftTerm, raftIndex, dbSize, errors }) {
  const text = [role === 'silent' ? 'no answer' : role, ...errors].join(', ');
  return element('tr', { 'data-member': name, 'data-tone': errors.length ? 'bad' : TONES[role] }, [
    element('td', { text: name, title: id }),
    element('td', {}, [element('span', { class: 'pill', text })]),
    element('td', { class: 'number', text: raftTerm ?? '–' }),
    element('td', { class: 'number', text: raftIndex ?? '–' }),
    element('td', { class: 'number', text: dbSize === undefined ? '–' : mebibytes(dbSize) }),
  ]);
}
