import { busy } from "#engine/world/busy.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Hold, LedgerLine } from "#engine/world/world.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf, type OrderEvent } from "#engine/lab/orders.ts";
import { expect } from "#engine/lab/words.ts";
import { allStill, callsOf, endsOf, groups, steps, storyOf, stuck, WAY, WHO, type Click, type Shop, type Step } from "./check.pipeline.ts";

type Role = "payments" | "fulfilment";
type Named = Pick<OrderEvent, "orderId">;

/** Fails if any of these steps was taken for an order. */
export function mustNotHave(lab: Lab, shop: Shop, wrong: { order: Named; steps: Step[]; because: string }): void {
  const taken = steps(lab, shop);
  const { orderId } = wrong.order;
  const step = wrong.steps.find((name) => taken.has(`${name} ${orderId}`));
  lab.note("wrongly", step);
  expect(!step, () => ({ expected: `no "${step}" for ${orderId}: ${wrong.because}`, seen: `${WHO[step!]} went on to "${step}"`, timeline: storyOf(lab, orderId) }));
}

/** An event of this name is published about an order. */
export async function mustSay(lab: Lab, shop: Shop, { order, what }: { order: Named; what: Step }): Promise<void> {
  const { orderId } = order;
  lab.note("unsaid", what);
  await lab.until(() => steps(lab, shop).has(`${what} ${orderId}`), {
    expected: `an event orders.${what}.<region>.${orderId}`,
    seen: () => "there is none",
    timeline: () => storyOf(lab, orderId),
  });
  lab.note("unsaid", undefined);
}

/** Everybody waits for the answers that are held at `step`: no later step is taken. Then the answers go out. */
export async function mustWait(lab: Lab, shop: Shop, wait: { orders: Named[]; at: Hold; step: Step; steps: Step[] }): Promise<void> {
  const { at, step, orders } = wait;
  await lab.until(() => at.waiting.length > 0, { holding: true, expected: `${WHO[step]} to call ${step}`, seen: () => "it did not", timeline: () => storyOf(lab, orders[0]?.orderId) });
  await allStill(lab, { holding: true });
  const waiting = at.waiting.map((line) => line.orderId);
  const taken = new Set([...steps(lab, shop), ...callsOf(lab).map((line) => `${line.service} ${line.orderId}`)]);
  for (const { orderId } of orders.filter((order) => waiting.includes(order.orderId))) {
    const early = wait.steps.find((name) => taken.has(`${name} ${orderId}`));
    lab.note("early", early);
    lab.note("held", step);
    expect(!early, () => ({ expected: `no "${early}" for an order while "${step}" has not answered`, seen: `${WHO[early!]} went on to "${early}" for ${orderId}`, timeline: storyOf(lab, orderId) }));
  }
  at.release();
}

/** Everything that follows from one click has its correlation id: the answer, the events, the calls. */
export function mustCarry(lab: Lab, shop: Shop, { orderId, told, asked, clicks = [] }: { orderId: string; told: string | undefined; asked: string | undefined; clicks?: Click[] }): void {
  const wanted = asked ?? told ?? "";
  const answered = asked ? told === asked : /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(wanted);
  const another = (got: string | undefined) => clicks.some((one) => one.orderId !== orderId && one.correlationId === got);
  lab.note("lost", answered ? undefined : { where: "answer", got: told, another: another(told) });
  expect(answered, () => ({ expected: `the answer to a customer to have the Correlation-Id ${asked ? `of her request, ${asked}` : "that was made for her, a UUID"}`, seen: told ? `it has "${told}"` : "it has none" }));
  const lost = carriers(lab, shop, orderId).find(({ got }) => got !== wanted);
  lab.note("lost", lost && { ...lost, another: another(lost.got) });
  const way = storyOf(lab, orderId).filter(({ kind }) => kind === "publish" || kind === "call");
  expect(!lost, () => ({ expected: `"${lost!.where}" to have the Correlation-Id of its click, ${wanted}`, seen: lost!.got ? `it has "${lost!.got}"` : "it has none", timeline: way }));
}

/** The events and calls of an order on its way, with what they carry. */
function carriers(lab: Lab, shop: Shop, orderId: string): { where: Step; got: string | undefined; headers: string[] }[] {
  const events = shop.said.filter(({ subject }) => subject.split(".")[3] === orderId).map(({ subject, headers }) => ({ where: subject.split(".")[1] as Step, got: headers["Correlation-Id"], headers: Object.keys(headers) }));
  const calls = callsOf(lab).filter((line) => line.orderId === orderId).map((line) => ({ where: line.service as Step, got: line.correlationId, headers: [] }));
  const place = (step: Step) => WAY.indexOf(step === "declined" ? "paid" : step);
  return [...events, ...calls].toSorted((a, b) => place(a.where) - place(b.where));
}

/** A copy that has all it may have in work, and no answer, has at most so many calls in flight. Then the answers go out. */
export async function mustFill(lab: Lab, { role, at, most }: { role: Role; at: Hold; most: number }): Promise<void> {
  await lab.until(() => at.waiting.length > 0, { holding: true, expected: `${role} to call the outside world`, seen: () => "it did not" });
  await allStill(lab, { holding: true });
  mustBeBounded(lab, { role, most });
  at.release();
}

/** The same once some orders have failed: a place that one of them had is neither lost nor without end. */
export async function mustStayBounded(lab: Lab, shop: Shop, { role, at, orders }: { role: Role; at: Hold; orders: OrderEvent[] }): Promise<void> {
  const [copy] = shop[role];
  lab.note("orders", orders.length);
  await lab.until(() => at.waiting.length > 0, {
    holding: true,
    expected: `${role} to go on with ${orders.length} orders, after others that failed`,
    seen: () => {
      stuck(lab, shop, orders);
      return "it made no call for them";
    },
    timeline: () => [...endsOf(lab), ...storyOf(lab, orders[0]?.orderId)].toSorted((a, b) => a.t - b.t),
  });
  await mustFill(lab, { role, at, most: Number(copy!.env.CONCURRENCY) });
}

/** With one charge that has no answer payments goes on with others. `next` are orders that it has not begun until now. */
export async function mustGoOn(lab: Lab, { slow, next, orders, least }: { slow: Hold; next: Hold; orders: number; least: number }): Promise<void> {
  const begun = slow.waiting[0]?.t ?? 0;
  await lab.until(() => slow.waiting.length + next.waiting.length >= least, {
    holding: true,
    expected: `payments to have at least ${least} charges in flight while one of them is slow and ${orders} others wait`,
    seen: () => {
      lab.note("beside", next.waiting.length);
      return next.waiting.length === 0 ? "none but the slow one" : `${next.waiting.length} beside the slow one`;
    },
    timeline: () => lab.record.where((event) => event.service === "charge" && event.t >= begun).filter((event, index) => index === 0 || event.kind === "answer").slice(0, 6),
  });
}

/** One copy of a program never had more calls in flight since the check began. */
export function mustBeBounded(lab: Lab, { role, most }: { role: Role; most: number }): void {
  const calls = callsOf(lab, role);
  const { peak } = busy(calls, { to: lab.record.now() });
  lab.note("role", role);
  lab.note("peak", peak);
  lab.note("most", most);
  expect(peak <= most, () => ({
    expected: `one copy of ${role} to have at most ${most} calls in flight, with CONCURRENCY=${most}`,
    seen: `it had ${peak} while ${lab.facts.orders as number} orders waited`,
    timeline: lab.record.where({ kind: "call", program: calls[0]!.program }).slice(-calls.length),
  }));
}

/** No call was made twice for any order. */
export function mustBeOnce(lab: Lab, orders: number): void {
  const effects = callsOf(lab).filter((line) => line.effect);
  const names = effects.map((line) => `${line.service} ${line.orderId}`);
  const again = effects.find((_, index) => names.indexOf(names[index]!) < index);
  expect(!again, () => ({
    expected: `one charge, one reservation and one parcel for each of ${orders} orders: ${3 * orders} calls`,
    seen: `${effects.length} calls; "${again!.service}" was called twice for ${again!.orderId}`,
    timeline: twiceBy(lab, again!),
  }));
}

/** How the copies of one program subscribe, and what each of them did about one order. */
function twiceBy(lab: Lab, { program, service, orderId }: LedgerLine): FlightEvent[] {
  const role = program.split("#")[0]!;
  const own = storyOf(lab, orderId).filter((event) => event.program?.startsWith(role) && (event.kind === "deliver" || (event.kind === "call" && event.service === service)));
  return [...groups(lab).filter((sub) => sub.program?.startsWith(role)), ...own];
}

/** Every copy is in the queue group that the contract names. Not judged without the tap. */
export function mustBeGrouped(lab: Lab): void {
  for (const { program = "", queue } of groups(lab)) {
    const role = program.split("#")[0];
    lab.note("group", { role, queue });
    expect(queue === role, { expected: `the copies of ${role} to be in the queue group "${role}"`, seen: `${program} is in "${queue}"`, timeline: groups(lab) });
  }
}

/** Publishes what no order is, as anybody could, to payments and to fulfilment. */
export async function strangers(lab: Lab): Promise<void> {
  const stranger = await lab.connect("stranger");
  for (const event of ["placed", "paid"]) {
    for (const body of strangeBodies(lab)) stranger.publish(subjectOf({ region: "eu", orderId: "strange" }, event), body);
  }
  await stranger.flush();
}

function strangeBodies(lab: Lab): string[] {
  const [order] = lab.orders(1);
  const { orderId: _orderId, ...nameless } = order!;
  const objects = [nameless, { ...order, quantity: "many" }, { ...order, amountCents: null }, { ...order, orderId: "two words" }, { ...order, region: "eu\r\n" }];
  return ["{bad", "", "null", "[]", "7", "\u0000", "[".repeat(100_000), "x".repeat(900_000), ...objects.map((one) => JSON.stringify(one))];
}

/** Whoever was told to stop has said of every card that it charged what came of it. */
export async function mustSayWhatItTook(lab: Lab, shop: Shop, { leaving, orders }: { leaving: Handle; orders: OrderEvent[] }): Promise<void> {
  const taken = steps(lab, shop);
  const charged = orders.filter(({ orderId }) => taken.has(`charge ${orderId}`));
  const unsaid = charged.filter(({ orderId }) => !taken.has(`paid ${orderId}`));
  if (unsaid.length > 0) lab.note("charges", unsaid.length);
  expect(unsaid.length === 0, () => ({
    expected: `"paid" for each of the ${charged.length} cards that ${leaving.name} had charged, or was charging, when it was told to stop`,
    seen: `${unsaid.length} ${unsaid.length === 1 ? "customer has" : "customers have"} paid, and nobody was told`,
    timeline: [...storyOf(lab, unsaid[0]!.orderId), ...leaving.events().filter(({ kind }) => ["signal", "disconnect", "exit"].includes(kind))].toSorted((a, b) => a.t - b.t),
  }));
}
