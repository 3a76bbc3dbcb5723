/** The one door to XML: a builder that escapes, a parser that yields plain data. Nothing else here makes or reads XML. */
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { HypervisorError } from '../errors.ts';

/** Attributes carry `@` before their name, an element's own text is `#text`. */
const shape = { ignoreAttributes: false, attributeNamePrefix: '@', textNodeName: '#text' } as const;
const builder = new XMLBuilder({ ...shape, suppressEmptyNode: true, suppressBooleanAttributes: false });
const parser = new XMLParser({
  ...shape,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
});

/** libvirt's descriptions are a few kilobytes; more than this is not one. */
const xmlMax = 1024 * 1024;

export type XmlNode = { readonly [key: string]: XmlValue | undefined };
export type XmlValue = string | number | XmlNode | readonly XmlValue[];

export function buildXml(root: XmlNode): string {
  return builder.build(root);
}

export function parseXml(xml: string): XmlReader {
  if (xml.length > xmlMax) throw broken(`${xml.length} characters`);
  try {
    return new XmlReader(parser.parse(xml));
  } catch (cause) {
    throw broken(String(cause));
  }
}

/** Walks parsed XML of unknown shape: what is not there is null or empty, never an exception. */
export class XmlReader {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** The first child of that name; an empty reader when there is none. */
  child(name: string): XmlReader {
    return this.children(name)[0] ?? new XmlReader(undefined);
  }

  children(name: string): XmlReader[] {
    const found = property(this.#value, name);
    if (found === undefined) return [];
    return (Array.isArray(found) ? found : [found]).map((value) => new XmlReader(value));
  }

  attribute(name: string): string | null {
    const value = property(this.#value, `@${name}`);
    return typeof value === 'string' ? value : null;
  }

  text(): string | null {
    if (typeof this.#value === 'string') return this.#value;
    const text = property(this.#value, '#text');
    return typeof text === 'string' ? text : null;
  }
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/**
 * Text that XML 1.0 can hold, on one line: control characters, lone surrogates and the two non-characters are
 * not allowed in a document even when escaped, and libvirt refuses a title with a line break.
 */
export function xmlLine(text: string, max: number): string {
  const clean = text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]+/g, ' ')
    .trim();
  return [...clean].slice(0, max).join('');
}

function broken(reason: string): HypervisorError {
  return new HypervisorError('hypervisor.protocol', { reason: `unreadable XML: ${reason}` });
}
