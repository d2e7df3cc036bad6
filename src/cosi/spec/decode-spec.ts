import type { Resource as WireResource } from '../../../generated/features/resources.js';
import { TalosProtocolError } from '../../runtime/errors/protocol-error.js';
import { Reader } from '../../runtime/protobuf/reader.js';
import type { AnyKind } from '../kind.js';
import { deepFreeze } from './freeze.js';
import { readMessage } from './from-proto.js';
import { readYaml, UnfitYaml, yamlData } from './from-yaml.js';

/**
 * The spec of a resource, frozen. `fromProto` says that the node is of the contract's release, so that
 * the numbers in its protobuf are known; otherwise the spec is read from its YAML.
 *
 * @throws {TalosProtocolError} when the spec does not fit its kind.
 */
export function decodeSpec(kind: AnyKind, wire: WireResource, fromProto: boolean): unknown {
  const { protoSpec, yamlSpec = '' } = wire.spec ?? {};
  const { shape, onlyYaml } = kind.spec ?? {};
  try {
    if (shape === undefined) return deepFreeze(yamlData(yamlSpec));
    if (fromProto && onlyYaml !== true && protoSpec !== undefined && protoSpec.length > 0) {
      const reader = new Reader(protoSpec);
      return deepFreeze(readMessage(reader, reader.end, shape));
    }
    if (shape === 'config') return configText(wire);
    return deepFreeze(readYaml(yamlSpec, shape));
  } catch (cause) {
    const isUnfit = cause instanceof UnfitYaml || cause instanceof TalosProtocolError;
    if (!isUnfit) throw cause;
    const { type = kind.type, id = '' } = wire.metadata ?? {};
    throw new TalosProtocolError(`${type}(${id}): ${cause.message}`, {}, { cause });
  }
}

/**
 * The text of a machine configuration. Where the resource says so, it is a text in YAML; older nodes
 * send it as it is.
 */
function configText({ metadata, spec }: WireResource): string {
  const text = spec?.yamlSpec ?? '';
  const isText = Object.hasOwn(metadata?.annotations ?? {}, 'talos.dev/yaml-spec');
  return isText ? (readYaml(text, 'text') as string) : text;
}
