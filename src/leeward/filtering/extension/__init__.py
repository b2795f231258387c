"""The browser extension that shows why a page does not open. Its sources lie in `source`; `building` packs them."""
