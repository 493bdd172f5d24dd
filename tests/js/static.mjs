// Served pages see the static folders of all apps as one, /static/; here an import that crosses apps is found again.
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const APPS = ["config", "realtime", "stock", "sales", "stats", "bars"];
const crossing = /^\.\.\/((?:ui|realtime|stock|sales|stats|bars)\/.+\.js)$/;

registerHooks({
  resolve(specifier, context, next) {
    const [, path] = specifier.match(crossing) ?? [];
    const places = path ? APPS.map((app) => new URL(`${app}/static/${path}`, ROOT)) : [];
    const place = places.find((url) => existsSync(fileURLToPath(url)));
    return next(place?.href ?? specifier, context);
  },
});
