"""The stage for tests that judge from outside: real processes, real stores, a real browser, and judges that are not ours."""
