/**
 * What the outside services are called and what they accept.
 * The shapes are the curriculum's; fields that a service does not know are ignored.
 */

/** One of the outside services: the last part of a call's path. */
export type Service = "charge" | "reserve" | "ship" | "mail" | "track";

interface Rule {
  required: string;
  holds: (value: unknown) => boolean;
}

const TEXT: Rule = { required: "a text that is not empty", holds: isText };
const CENTS: Rule = { required: "a whole number of cents, 0 or more", holds: isWholeFrom(0) };
const PIECES: Rule = { required: "a whole number, 1 or more", holds: isWholeFrom(1) };

const FIELDS: Record<Service, Record<string, Rule>> = {
  charge: { orderId: TEXT, amountCents: CENTS, currency: TEXT },
  reserve: { orderId: TEXT, sku: TEXT, quantity: PIECES },
  ship: { orderId: TEXT },
  mail: { orderId: TEXT, to: TEXT },
  track: { orderId: TEXT, event: TEXT },
};

/** The services' names, in the order of a purchase. */
export const SERVICES = Object.keys(FIELDS) as readonly Service[];

/** Whether `name` is one of the outside services. */
export function isService(name: string | undefined): name is Service {
  return name !== undefined && Object.hasOwn(FIELDS, name);
}

/**
 * Reads a call's body. Gives the object, and in `refusal` what is wrong with it for this service
 * (absent when the service accepts it). A body that is no JSON object is read as `{}`.
 */
export function readCall(service: Service, text: string): { body: Record<string, unknown>; refusal?: string } {
  const body = parseObject(text);
  if (!body) return { body: {}, refusal: `Cannot ${service} as the body must be a JSON object: current body is ${shown(text)}` };
  const wrong = Object.entries(FIELDS[service]).find(([name, rule]) => !rule.holds(body[name]));
  if (!wrong) return { body };
  const [name, { required }] = wrong;
  return { body, refusal: `Cannot ${service} as "${name}" must be ${required}: current value is ${shown(body[name])}` };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isWholeFrom(least: number): (value: unknown) => boolean {
  return (value) => Number.isSafeInteger(value) && (value as number) >= least;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 80);
}
