"""Mobile documents (ISO/IEC 18013-5) as the age verification profile of the EU uses them: verified from the received octets, offline."""
