import { diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

diagnose("fire-and-forget", (e) => {
  const orders = e.scene.filter(({ kind, program, subject }) => kind === "publish" && program?.split("#")[0] === "producer" && subject?.startsWith("orders."));
  return orders.length > 0 && orders.every(({ reply }) => reply === undefined);
});

diagnose("await-each", (e) => e.check === "publish-rate" && e.facts.outstanding === 1);

diagnose("narrow-window", (e) => e.check === "publish-rate" && Number(e.facts.outstanding) > 1 && Number(e.facts.outstanding) < 256 && e.facts.early !== true);

diagnose("info-per-message", (e) => Number(e.facts.questions) > Number(e.facts.acks) / 2);

diagnose("one-pull-per-message", (e) => Number(e.facts.single) > Number(e.facts.acks) / 2);

diagnose("waits-for-each-ack", (e) => Number(e.facts.waiting) > Number(e.facts.acks) / 2 && e.facts.ackRequests === 1);

diagnose("small-pulls", (e) => e.check === "consume-rate" && Number(e.facts.pulls) > Number(e.facts.acks) / 20);

diagnose("leaves-before-the-pubacks", (e) => e.facts.early === true || Number(e.facts.missing) > 0);

diagnose("counts-twice", (e) => e.facts.sum !== undefined && e.facts.sum !== String(e.facts.truth));

diagnose("acks-lost-at-exit", (e) => Number(e.facts.unacked) > 0);

diagnose("claims-success", (e) => e.check === "honest" && e.facts.code === 0);

diagnose("unbounded", (e) => e.check === "bounded-memory" && Number(e.facts.outstanding) > 32);

diagnose("takes-everything", (e: Evidence) => Number(e.facts.inHand) > 4_000);
