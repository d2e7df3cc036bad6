import type { Machine } from '../../base/machine.js';
import { events, type RuntimeEvent } from '../events/events.js';
import type { ServiceHistoryEntry } from '../services/service.js';
import { services } from '../services/services.js';
import { dmesg, formatRecord } from './dmesg.js';
import { eventMessages } from './event-messages.js';
import type { Log, LogSource } from './log.js';
import { serviceVoice } from './service-voices.js';
import { containerLogTime, goLogTime } from './timestamps.js';
import { Speaker, type Voice } from './voice.js';

/** Fills the log of a service: it speaks while it runs, each time from the beginning. */
export function serviceSource(machine: Machine, id: string): (log: Log) => LogSource {
  return (log) => {
    let speaker: Speaker | undefined;
    let runs = 0;
    let seen: ServiceHistoryEntry | undefined;
    const say = (text: string) => log.write(text);
    const note = (entry: ServiceHistoryEntry) => {
      seen = entry;
      if (entry.state !== 'Running') {
        speaker?.end(entry.at);
        speaker = undefined;
      } else if (speaker === undefined) {
        runs += 1;
        speaker = new Speaker(machine, serviceVoice(id), `${id}/${runs}`, entry.at, say);
      }
    };
    return {
      topics: ['services'],
      get next() {
        return speaker?.next;
      },
      catchUp() {
        const history = machine.state(services).find(id)?.history ?? [];
        const known = seen === undefined ? -1 : history.lastIndexOf(seen);
        for (const entry of history.slice(known + 1)) note(entry);
        speaker?.catchUp(machine.clock.now());
      },
    };
  };
}

/** Fills the log of a part of machined that runs as long as the node does. */
export function steadySource(machine: Machine, id: string): (log: Log) => LogSource {
  return (log) =>
    steady(machine, serviceVoice(id), id, machine.bootedAt, (text) => log.write(text));
}

/** Fills the log of a container, in the form in which container runtimes keep it. */
export function containerSource(
  machine: Machine,
  voice: Voice,
  { internalId, startedAt }: { readonly internalId: string; readonly startedAt: number },
): (log: Log) => LogSource {
  return (log) =>
    steady(machine, voice, internalId, startedAt, (text, at) =>
      log.write(`${containerLogTime(at)} stderr F ${text}`),
    );
}

function steady(
  machine: Machine,
  voice: Voice,
  name: string,
  startedAt: number,
  say: (text: string, at: number) => void,
): LogSource {
  const speaker = new Speaker(machine, voice, name, startedAt, say);
  return {
    topics: [],
    get next() {
      return speaker.next;
    },
    catchUp: () => speaker.catchUp(machine.clock.now()),
  };
}

/** Fills the log of machined, which tells of everything that happens. */
export function machinedSource(machine: Machine): (log: Log) => LogSource {
  return (log) => {
    const note = (event: RuntimeEvent) => {
      for (const text of eventMessages(event)) log.write(`${goLogTime(event.at)} ${text}`);
    };
    const state = machine.state(events);
    for (const event of state.kept) note(event);
    state.onEvent(note);
    return { topics: [], next: undefined, catchUp() {} };
  };
}

/** Fills the log `kernel`, which has the kernel's records. */
export function kernelSource(machine: Machine): (log: Log) => LogSource {
  return (log) => {
    const state = machine.state(dmesg);
    for (const record of state.records) log.write(Buffer.from(formatRecord(record)));
    state.onRecord((record) => log.write(Buffer.from(formatRecord(record))));
    return { topics: [], next: undefined, catchUp() {} };
  };
}
