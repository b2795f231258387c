// Makes `answer.json`: an attestation and an answer of another hand, npm's @owf/mdoc 0.6.0 (Apache-2.0), which tests then read.
// To make it anew: npm install --ignore-scripts @owf/mdoc@0.6.0 in a folder of your own, copy this file there, and run
//   node wallet.mjs KEYS.json > answer.json
// KEYS.json comes from `keys.py` beside this file. Nothing here runs in a test.

import { createHash, createPrivateKey, randomBytes, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import * as owf from "@owf/mdoc";

const DOCTYPE = "eu.europa.ec.av.1";
const given = JSON.parse(readFileSync(process.argv[2], "utf8"));

const context = {
  crypto: {
    random: (length) => new Uint8Array(randomBytes(length)),
    digest: ({ bytes }) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }) => {
        const wanted = createPrivateKey({ key: key.jwk, format: "jwk" });
        return new Uint8Array(sign("sha256", toBeSigned, { key: wanted, dsaEncoding: "ieee-p1363" }));
      },
    },
  },
};

const issuerKey = owf.CoseKey.fromJwk(given.signer_key);
const deviceKey = owf.CoseKey.fromJwk(given.device_key);
const issuer = new owf.Issuer(DOCTYPE, context);
issuer.addIssuerNamespace(DOCTYPE, { age_over_16: true, age_over_18: true });
const issuerSigned = await issuer.sign({
  signingKey: issuerKey,
  algorithm: owf.SignatureAlgorithm.ES256,
  digestAlgorithm: "SHA-256",
  validityInfo: {
    signed: new Date("2026-11-19T12:00:00Z"),
    validFrom: new Date("2026-11-19T12:00:00Z"),
    validUntil: new Date("2027-01-19T12:00:00Z"),
  },
  deviceKeyInfo: { deviceKey: owf.DeviceKey.fromJwk(given.device_key_public) },
  certificates: [new Uint8Array(Buffer.from(given.signer_certificate, "base64"))],
});

const request = {
  clientId: "redirect_uri:https://age.example/answers",
  nonce: "one-request-0123456789",
  responseUri: "https://age.example/answers",
};
const answer = await owf.Holder.createDeviceResponseForDeviceRequest(
  {
    deviceRequest: owf.DeviceRequest.create({
      docRequests: [
        owf.DocRequest.create({
          itemsRequest: owf.ItemsRequest.create({ docType: DOCTYPE, namespaces: { [DOCTYPE]: { age_over_18: false } } }),
        }),
      ],
    }),
    sessionTranscript: await owf.SessionTranscript.forOid4Vp(request, context),
    issuerSigned: [issuerSigned],
    signature: { signingKey: deviceKey },
  },
  context,
);

console.log(JSON.stringify({ made_by: "@owf/mdoc 0.6.0", root: given.root, ...request, answer: answer.encodedForOid4Vp }, null, 2));
