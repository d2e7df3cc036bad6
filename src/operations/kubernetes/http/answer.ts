import { isRecord } from '../../../runtime/arguments/record.js';
import { KubernetesApiError, type KubernetesCause } from '../api-error.js';
import type { ApiAnswer, ApiRequest } from './request.js';

/** How much of a text of the API a message shows. */
const LONGEST_TEXT = 500;

/**
 * The object that the API answered with.
 *
 * @throws {KubernetesApiError} when it refused the request, or the answer is none of the Kubernetes API
 */
export function readAnswer({ method, path }: ApiRequest, { status, text }: ApiAnswer): JsonObject {
  const what = `${method} ${path.split('?')[0]}`;
  const content = parsed(text);
  const isGood = status >= 200 && status <= 299;
  if (!isObject(content) || (!isGood && content.kind !== 'Status')) {
    // It comes from something in between, and may hold anything.
    const message = `${what}: HTTP ${status}: the answer is not one of the Kubernetes API`;
    throw new KubernetesApiError(message, { status: 502, reason: 'Invalid' });
  }
  if (isGood) return content;
  const message = textAt(content, 'message') ?? 'without a message';
  throw new KubernetesApiError(`${what}: HTTP ${status}: ${message}`, {
    status,
    reason: textAt(content, 'reason') ?? 'Unknown',
    causes: causes(content),
  });
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return isRecord(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function causes({ details }: JsonObject): readonly KubernetesCause[] {
  const list = isObject(details) ? details.causes : undefined;
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).map((cause) => ({
    reason: textAt(cause, 'reason') ?? '',
    message: textAt(cause, 'message') ?? '',
  }));
}

function textAt(from: JsonObject, key: string): string | undefined {
  const value = from[key];
  if (typeof value !== 'string' || value === '') return undefined;
  return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
}
