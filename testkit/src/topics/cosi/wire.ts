import type { Init } from 'talos-client';
import { fromMs } from 'talos-client';
import type {
  Event as EventMessage,
  Metadata as MetadataMessage,
  Resource as ResourceMessage,
  Spec as SpecMessage,
} from 'talos-client/resources';
import type { AnyKind } from './kind.js';
import type { Content, Resource, ResourceMetadata } from './resource.js';
import type { WatchEvent } from './watch.js';
import { yamlText } from './yaml.js';

/** The message of a resource. Tombstones have an empty spec. */
export function resourceMessage({ metadata, content }: Resource): Init<ResourceMessage> {
  return {
    metadata: metadataMessage(metadata),
    spec: content === undefined ? {} : specMessage(content),
  };
}

/** The message of an event. */
export function eventMessage({
  type,
  resource,
  old,
  error,
  bookmark,
}: WatchEvent): Init<EventMessage> {
  return {
    eventType: type,
    resource: resource && resourceMessage(resource),
    old: old && resourceMessage(old),
    error,
    bookmark,
  };
}

function metadataMessage(metadata: ResourceMetadata): Init<MetadataMessage> {
  return {
    ...metadata,
    version: metadata.version?.toString() ?? 'undefined',
    created: fromMs(metadata.created),
    updated: fromMs(metadata.updated),
  };
}

/** What specs were written as. Nodes share those of what they all see, and never change them. */
const written = new WeakMap<
  object,
  { readonly kind: AnyKind; readonly message: Init<SpecMessage> }
>();

function specMessage({ kind, spec }: Content): Init<SpecMessage> {
  const key = typeof spec === 'object' && spec !== null ? spec : undefined;
  const known = key && written.get(key);
  if (known?.kind === kind) return known.message;
  const message = { protoSpec: kind.proto(spec), yamlSpec: yamlText(kind.yaml(spec)) };
  if (key !== undefined) written.set(key, { kind, message });
  return message;
}
