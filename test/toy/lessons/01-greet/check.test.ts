import { check, diagnose } from "#engine/check/register.ts";

check("ships", async (lab) => {
  await lab.have("greeter");
  const nc = await lab.connect("check");
  for (const name of ["ada", "grace"]) nc.publish(`greet.${name}`);
  await nc.flush();
  const shipped = () => lab.world.ledger.filter((line) => line.service === "ship" && line.effect).length;
  await lab.until(() => shipped() === 2, { expected: "2 parcels", seen: () => `${shipped()} parcels` });
});

check("counts", async (lab) => {
  lab.note("parcels", lab.world.ledger.length);
});

diagnose("ships-nothing", (e) => e.ledger.length === 0);
